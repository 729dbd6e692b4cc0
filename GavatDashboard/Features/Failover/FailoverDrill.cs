using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Audit;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Failover;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Failover;

/// <summary>
/// Rehearses a failover: in full, by moving all writes there and back, or on the canary's account alone, in a transaction of the
/// fallback's file that is rolled back. Each ends with a proof of what it took and that nothing was lost.
/// </summary>
internal sealed partial class FailoverDrill(
    FailoverCoordinator coordinator,
    FallbackControl fallback,
    ILedgerWriter writer,
    LedgerStores stores,
    IAuditLog audit,
    IOptions<FailoverOptions> options,
    TimeProvider time,
    ILogger<FailoverDrill> logger) : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly Lock _gate = new();
    private CancellationTokenSource? _running;

    /// <summary>Begins a drill, unless one is being held.</summary>
    /// <returns>Why not, or null.</returns>
    public string? TryStart(Guid id, DrillScope scope, string reason)
    {
        CancellationTokenSource mine;
        lock (_gate)
        {
            if (_running is not null)
            {
                return "A drill is being held already.";
            }

            _running = mine = new CancellationTokenSource();
        }

        _ = Task.Run(() => HoldAsync(new Drill(id, scope, reason, time.GetUtcNow()), mine.Token));
        return null;
    }

    /// <summary>
    /// Stops the drill that is held; writes go back to the primary. Once they are on their way back, nothing is undone: the recovery goes on
    /// by itself, with its own proof, and the drill does not wait for it.
    /// </summary>
    /// <returns>Whether one was held.</returns>
    public bool TryAbort()
    {
        lock (_gate)
        {
            _running?.Cancel();
            return _running is not null;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.DrillEveryHours <= 0)
        {
            return;
        }

        using var timer = new PeriodicTimer(TimeSpan.FromHours(options.Value.DrillEveryHours), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await HoldByScheduleAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The application stops; a drill that is due is held by the next run.
        }
    }

    /// <summary>Holds the drill that is due, unless this is no time for one.</summary>
    internal async Task HoldByScheduleAsync(CancellationToken cancellationToken)
    {
        if (await coordinator.FindRefusalAsync(FailoverRequestKind.Drill) is { } refusal)
        {
            LogNotHeld(refusal);
            return;
        }

        var id = Guid.CreateVersion7();
        await audit.AppendAsync(AuditActors.System, "failover.drill", "ledger", "By schedule", detailsJson: null, cancellationToken);
        if (TryStart(id, options.Value.DrillScope, "By schedule") is { } busy)
        {
            LogNotHeld(busy);
        }
    }

    private async Task HoldAsync(Drill drill, CancellationToken abort)
    {
        Show(drill, "preparing");
        FailoverProof proof;
        try
        {
            proof = drill.Scope == DrillScope.Full ? await HoldInFullAsync(drill, abort) : await HoldOnCanaryAsync(drill);
        }
        catch (Exception failure)
        {
            LogFailed(failure);
            proof = Proof(drill, $"It failed: {failure.Message}", isClean: false);
        }

        lock (_gate)
        {
            _running?.Dispose();
            _running = null;
        }

        coordinator.ShowDrill(null, proof);
    }

    /// <summary>Promotes, posts for the canary and rolls all of it back: the fallback is proved able, and no writer is moved.</summary>
    private async Task<FailoverProof> HoldOnCanaryAsync(Drill drill)
    {
        Show(drill, "rehearsing");
        var rehearsal = await fallback.RehearseAsync(Canary(drill), time.GetUtcNow());
        var posted = rehearsal.Results.Count(result => result is OperationResult.Posted);
        var isClean = posted == rehearsal.Results.Count;
        var head = Convert.ToHexStringLower(rehearsal.Head.ChainHash);
        return Proof(drill, isClean ? "The fallback could take over; nothing was moved." : "The fallback refused the canary's operations.", isClean) with
        {
            EpochBefore = rehearsal.Head.Epoch,
            EpochAfter = rehearsal.Head.Epoch,
            Acknowledged = posted,
            FallbackChainHead = head,
            OutOfServiceMs = rehearsal.Took.TotalMilliseconds,
        };
    }

    private async Task<FailoverProof> HoldInFullAsync(Drill drill, CancellationToken abort)
    {
        var epoch = coordinator.Current.Epoch;
        Show(drill, "failing over");
        await AskAsync(FailoverRequestKind.FailOver, drill);
        await UntilAsync(FailoverState.Fallback, CancellationToken.None);
        var failedOver = await ProofOfAsync(FailoverAction.FailOver, drill, CancellationToken.None);
        var entries = new List<Entry>();
        var duplicates = 0;
        foreach (var operation in abort.IsCancellationRequested ? [] : Canary(drill))
        {
            Show(drill, "posting for the canary");
            if (await writer.WriteAsync(operation, CancellationToken.None) is OperationResult.Posted posted)
            {
                entries.Add(posted.Entry);
                duplicates += await writer.WriteAsync(operation, CancellationToken.None) is OperationResult.Posted { Replayed: true } again && again.Entry.Id == posted.Entry.Id ? 1 : 0;
            }
        }

        // One that was stopped before the way back takes it all the same, and tells of it.
        var isStopped = abort.IsCancellationRequested;
        Show(drill, "recovering");
        await AskAsync(FailoverRequestKind.Recover, drill);
        FailoverProof recovered;
        try
        {
            var wait = isStopped ? CancellationToken.None : abort;
            await UntilAsync(FailoverState.Primary, wait);
            recovered = await ProofOfAsync(FailoverAction.Recover, drill, wait);
        }
        catch (OperationCanceledException)
        {
            return Proof(drill, "It was stopped on the way back; the recovery goes on by itself and has its own proof.", isClean: false) with
            {
                EpochBefore = epoch,
                OutOfServiceMs = failedOver.OutOfServiceMs,
            };
        }

        var lost = 0;
        foreach (var entry in entries)
        {
            lost += await stores.Primary.FindEntryAsync(entry.Id, CancellationToken.None) is { } found && found == entry with { RequestHash = found.RequestHash, ChainHash = found.ChainHash } ? 0 : 1;
        }

        var isClean = lost == 0 && recovered.IsClean && duplicates == entries.Count;
        return Proof(drill, isStopped ? "It was stopped; the primary takes the writes." : "All writes moved to the fallback and back.", isClean) with
        {
            EpochBefore = epoch,
            EpochAfter = coordinator.Current.Epoch,
            Acknowledged = recovered.Acknowledged,
            Replayed = recovered.Replayed,
            DuplicatesRefused = duplicates,
            TotalBefore = recovered.TotalBefore,
            ReplayedAmount = recovered.ReplayedAmount,
            TotalAfter = recovered.TotalAfter,
            FallbackTotal = recovered.FallbackTotal,
            AccountsCompared = recovered.AccountsCompared,
            PrimaryChainHead = recovered.PrimaryChainHead,
            FallbackChainHead = recovered.FallbackChainHead,
            OutOfServiceMs = failedOver.OutOfServiceMs + recovered.OutOfServiceMs,
            RecoveryMs = recovered.TookMs,
            Lost = lost + recovered.Lost,
        };
    }

    private async Task AskAsync(FailoverRequestKind kind, Drill drill)
    {
        if (await coordinator.AskAsync(kind, $"Drill: {drill.Reason}", isDrill: true) is { } refusal)
        {
            throw new InvalidOperationException(refusal);
        }
    }

    private Task UntilAsync(FailoverState state, CancellationToken cancellationToken) => UntilAsync(
        state, () => coordinator.Memory.State == state && coordinator.Current.Writes != FailoverWrites.Waiting, cancellationToken);

    /// <summary>The proof of what the drill did, which is made a moment after writes go on.</summary>
    private async Task<FailoverProof> ProofOfAsync(FailoverAction action, Drill drill, CancellationToken cancellationToken)
    {
        FailoverProof? proof = null;
        await UntilAsync(
            coordinator.Memory.State,
            () => (proof = coordinator.Current.Proofs.FirstOrDefault(made => made.Action == action && made.EndedAt >= drill.StartedAt)) is not null,
            cancellationToken);
        return proof!;
    }

    private async Task UntilAsync(FailoverState state, Func<bool> holds, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (!holds())
        {
            if (time.GetElapsedTime(started) > Patience || coordinator.Memory.State is FailoverState.ReadOnly or FailoverState.Fenced or FailoverState.RecoveryBlocked)
            {
                throw new InvalidOperationException($"{state.ToCode().ToUpperInvariant()} was not reached: {coordinator.Memory.Reason}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellationToken);
        }
    }

    private void Show(Drill drill, string step) => coordinator.ShowDrill(
        new FailoverProgress(drill.Id, FailoverAction.Drill, step, drill.StartedAt, 0, 0, CanAbort: true));

    private FailoverProof Proof(Drill drill, string outcome, bool isClean) => new()
    {
        Id = drill.Id,
        Action = FailoverAction.Drill,
        Outcome = outcome,
        IsClean = isClean,
        StartedAt = drill.StartedAt,
        EndedAt = time.GetUtcNow(),
        EpochBefore = coordinator.Current.Epoch,
        EpochAfter = coordinator.Current.Epoch,
    };

    private static LedgerOperation[] Canary(Drill drill) =>
    [
        Post(EntryType.EarnAdmin, $"drill:{drill.Id:N}:earn"),
        Post(EntryType.SpendAdmin, $"drill:{drill.Id:N}:spend"),
    ];

    private static PostCoins Post(EntryType type, string key) => new()
    {
        IdempotencyKey = key,
        Actor = AuditActors.System,
        UserId = SystemAccounts.Canary,
        Type = type,
        Amount = new CoinAmount(1),
        Description = "Canary of a failover drill",
    };

    [LoggerMessage(3120, LogLevel.Warning, "The drill that is due is not held: {Reason}")]
    private partial void LogNotHeld(string reason);

    [LoggerMessage(3121, LogLevel.Error, "The drill failed")]
    private partial void LogFailed(Exception failure);

    private sealed record Drill(Guid Id, DrillScope Scope, string Reason, DateTimeOffset StartedAt);
}
