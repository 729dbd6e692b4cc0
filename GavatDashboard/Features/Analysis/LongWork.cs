namespace GavatDashboard.Features.Analysis;

/// <summary>How long work stands.</summary>
public enum WorkState
{
    /// <summary>It was never started.</summary>
    Idle,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It went through.</summary>
    Done,

    /// <summary>Somebody cancelled it.</summary>
    Cancelled,

    /// <summary>It failed; the problem says why.</summary>
    Failed,
}

/// <summary>How long work stands, as every viewer sees it.</summary>
/// <typeparam name="T">What comes of it.</typeparam>
/// <param name="State">How it stands.</param>
/// <param name="Done">Steps done.</param>
/// <param name="Total">Steps in all; 0 where that is not known yet.</param>
/// <param name="StartedAt">When it was started (UTC), or null.</param>
/// <param name="EndedAt">When it ended (UTC), or null.</param>
/// <param name="Result">What came of it the last time it went through, or null.</param>
/// <param name="Problem">Why it failed, or null.</param>
public sealed record WorkStatus<T>(WorkState State, long Done, long Total, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, T? Result, string? Problem)
    where T : class;

/// <summary>Work that takes a while: one at a time, with progress, and it can be cancelled.</summary>
/// <typeparam name="T">What comes of it.</typeparam>
internal sealed partial class LongWork<T>(string name, TimeProvider time, ILogger logger) : IDisposable
    where T : class
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _lifetime = new();
    private CancellationTokenSource? _cancel;

    /// <summary>How it stands.</summary>
    public WorkStatus<T> Status { get; private set; } = new(WorkState.Idle, 0, 0, null, null, null, null);

    /// <summary>Completes when what runs now ends.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Hears of every step, on a thread of the pool: return at once.</summary>
    public event Action? Changed;

    /// <summary>Starts it.</summary>
    /// <param name="work">The work; it tells steps done and steps in all.</param>
    /// <returns>False where it runs already.</returns>
    public bool TryStart(Func<Action<long, long>, CancellationToken, Task<T>> work)
    {
        lock (_gate)
        {
            if (Status.State == WorkState.Running || _lifetime.IsCancellationRequested)
            {
                return false;
            }

            _cancel?.Dispose();
            _cancel = CancellationTokenSource.CreateLinkedTokenSource(_lifetime.Token);
            Status = new(WorkState.Running, 0, 0, time.GetUtcNow(), null, Status.Result, null);
            var token = _cancel.Token;
            Ended = Task.Run(() => RunAsync(work, token), CancellationToken.None);
        }

        Changed?.Invoke();
        return true;
    }

    /// <summary>Asks it to stop.</summary>
    public void Cancel()
    {
        lock (_gate)
        {
            _cancel?.Cancel();
        }
    }

    public void Dispose()
    {
        _lifetime.Cancel();
        lock (_gate)
        {
            _cancel?.Dispose();
            _cancel = null;
        }

        _lifetime.Dispose();
    }

    private async Task RunAsync(Func<Action<long, long>, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            var result = await work((done, total) => Set(Status with { Done = done, Total = total }), cancellationToken);
            Set(Status with { State = WorkState.Done, Result = result, EndedAt = time.GetUtcNow() });
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Set(Status with { State = WorkState.Cancelled, EndedAt = time.GetUtcNow() });
        }
        catch (Exception failure)
        {
            // Nobody awaits it: whoever looks at its status reads what happened.
            LogFailed(failure, name);
            Set(Status with { State = WorkState.Failed, Problem = failure.Message, EndedAt = time.GetUtcNow() });
        }
    }

    private void Set(WorkStatus<T> status)
    {
        Status = status;
        Changed?.Invoke();
    }

    [LoggerMessage(2611, LogLevel.Error, "The work '{Name}' failed")]
    private partial void LogFailed(Exception failure, string name);
}
