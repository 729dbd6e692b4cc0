using System.Reflection;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Tests.Stores.Mirror;

/// <summary>A real ledger whose writes in one round trip can be held up or made to fail on their way there and back.</summary>
public class InterceptedLedger : DispatchProxy
{
    private ILedgerStorage _inner = null!;
    private Func<LedgerDelta, Func<Task>, Task>? _onWrite;

    /// <summary>Puts itself before a ledger.</summary>
    /// <param name="inner">The ledger.</param>
    /// <param name="control">Sets what happens to a write: it is given the batch and the real write; null lets all pass.</param>
    internal static ILedgerStorage Before(ILedgerStorage inner, out Action<Func<LedgerDelta, Func<Task>, Task>?> control)
    {
        var proxy = Create<ILedgerStorage, InterceptedLedger>();
        var intercepted = (InterceptedLedger)(object)proxy;
        intercepted._inner = inner;
        control = onWrite => intercepted._onWrite = onWrite;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var (onWrite, inner) = (_onWrite, _inner);
        return (targetMethod!.Name, onWrite) switch
        {
            (nameof(ILedgerStorage.WriteAsync), not null) =>
                onWrite((LedgerDelta)args![0]!, () => inner.WriteAsync((LedgerDelta)args[0]!, (UnseenKeys)args[1]!, (CancellationToken)args[2]!)),
            (nameof(ILedgerStorage.PrepareAsync), _) => PrepareAsync((LedgerDelta)args![0]!, (Task<IPreparedWrite?>)targetMethod.Invoke(inner, args)!),
            _ => targetMethod.Invoke(inner, args),
        };
    }

    private async Task<IPreparedWrite?> PrepareAsync(LedgerDelta delta, Task<IPreparedWrite?> preparing) =>
        await preparing is { } prepared ? new InterceptedWrite(this, delta, prepared) : null;

    /// <summary>A batch that is made ready; its commit is a write like any other.</summary>
    private sealed class InterceptedWrite(InterceptedLedger ledger, LedgerDelta delta, IPreparedWrite inner) : IPreparedWrite
    {
        public Task CommitAsync(CancellationToken cancellationToken) =>
            ledger._onWrite is { } onWrite ? onWrite(delta, () => inner.CommitAsync(cancellationToken)) : inner.CommitAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
