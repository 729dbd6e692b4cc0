using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Shared.States;

/// <summary>Something that is loaded for a page: loading, there, or failed with a reason. A refresh keeps the old value until the new one is there.</summary>
/// <typeparam name="T">What is loaded.</typeparam>
public sealed class Load<T> : IDisposable
    where T : class
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);
    private CancellationTokenSource? _running;

    /// <summary>What was loaded last, or null.</summary>
    public T? Value { get; private set; }

    /// <summary>What went wrong with the last attempt, or null.</summary>
    public Exception? Error { get; private set; }

    /// <summary>Whether an attempt runs.</summary>
    public bool IsLoading { get; private set; }

    /// <summary>Whether an attempt has ended.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Loads, and gives up an attempt that still runs. Expected failures end up in <see cref="Error"/>; a bug throws.</summary>
    /// <param name="load">Loads.</param>
    /// <param name="cancellationToken">Ends it with the component.</param>
    /// <returns>Whether this attempt is the one whose outcome shows now.</returns>
    public async Task<bool> RunAsync(Func<CancellationToken, Task<T?>> load, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(load);
        var previous = _running;
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _running = attempt;
        attempt.CancelAfter(Timeout);
        IsLoading = true;
        try
        {
            if (previous is not null)
            {
                await previous.CancelAsync();
            }

            var value = await load(attempt.Token);
            return Finish(attempt, value, null);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or LedgerBusyException or TimeoutException or HttpRequestException)
        {
            return Finish(attempt, Value, exception);
        }
        catch (OperationCanceledException exception)
        {
            var gaveUp = _running == attempt && !cancellationToken.IsCancellationRequested;
            return gaveUp && Finish(attempt, Value, new TimeoutException($"There was no answer within {Timeout.TotalSeconds:0} s.", exception));
        }
        finally
        {
            if (_running == attempt)
            {
                _running = null;
            }
        }
    }

    /// <summary>Forgets everything and gives up an attempt that still runs.</summary>
    public void Clear()
    {
        _running?.Cancel();
        _running = null;
        (Value, Error, IsLoading, HasEnded) = (null, null, false, false);
    }

    /// <summary>Puts a value in the place of the loaded one, such as after a change that was made here.</summary>
    public void Replace(T value) => (Value, Error, HasEnded) = (value, null, true);

    /// <inheritdoc />
    public void Dispose()
    {
        _running?.Cancel();
        _running = null;
    }

    private bool Finish(CancellationTokenSource attempt, T? value, Exception? error)
    {
        if (_running != attempt)
        {
            return false;
        }

        _running = null;
        (Value, Error, IsLoading, HasEnded) = (value, error, false, true);
        return true;
    }
}
