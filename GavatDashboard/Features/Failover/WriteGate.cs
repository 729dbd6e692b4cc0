using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Failover;

/// <summary>
/// Stands before every batch: lets it through to one of the ledgers, lets it wait, or refuses it. Whoever is through holds a
/// pass, so that the gate can wait for those on their way, or give them up.
/// </summary>
internal sealed class WriteGate(TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = NewSource();
    private TaskCompletionSource _idle = NewSource();
    private CancellationTokenSource _abandon = new();
    private FailoverWrites _writes = FailoverWrites.Waiting;
    private string _reason = "The application has just started.";
    private long _since = time.GetTimestamp();
    private int _passes;

    /// <summary>What happens to writes now.</summary>
    public FailoverWrites Writes
    {
        get
        {
            lock (_lock)
            {
                return _writes;
            }
        }
    }

    /// <summary>How long writes have waited, or been refused.</summary>
    public TimeSpan ClosedFor
    {
        get
        {
            lock (_lock)
            {
                return _writes is FailoverWrites.Waiting or FailoverWrites.Refused ? time.GetElapsedTime(_since) : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Lets writes through, keeps them waiting, or refuses them.</summary>
    /// <param name="writes">What happens to them.</param>
    /// <param name="reason">Why, for those who are refused.</param>
    /// <returns>How long the gate had been closed.</returns>
    public TimeSpan Set(FailoverWrites writes, string reason)
    {
        lock (_lock)
        {
            return SetInLock(writes, reason);
        }
    }

    /// <summary>Closes the gate at once when a batch failed on the primary, unless it was moved since that batch went through.</summary>
    public bool HoldIfOpen(GatePass pass, string reason)
    {
        lock (_lock)
        {
            if (_writes != FailoverWrites.Primary || pass.Abandoned.IsCancellationRequested)
            {
                return false;
            }

            SetInLock(FailoverWrites.Waiting, reason);
            return true;
        }
    }

    /// <summary>Waits until the gate is open.</summary>
    /// <param name="longest">How long it may have been closed; beyond it a batch is refused at once.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="StoreUnavailableException">Writes are refused, or have waited too long.</exception>
    public async Task<GatePass> EnterAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            TimeSpan left;
            lock (_lock)
            {
                if (IsOpen)
                {
                    _passes++;
                    return new GatePass(this, _writes, _abandon.Token);
                }

                left = longest - time.GetElapsedTime(_since);
                if (_writes == FailoverWrites.Refused || left <= TimeSpan.Zero)
                {
                    throw new StoreUnavailableException(StoreKind.PostgreSql, $"The ledger takes no writes now: {_reason}");
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(left, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Waits until nobody is on the way any more.</summary>
    public Task DrainAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _passes == 0 ? Task.CompletedTask : _idle.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Gives up those on their way: they try again at the gate.</summary>
    public void Abandon()
    {
        CancellationTokenSource abandoned;
        lock (_lock)
        {
            abandoned = _abandon;
            _abandon = new CancellationTokenSource();
        }

        // Whoever waits on it goes on at once on this thread otherwise.
        _ = abandoned.CancelAsync();
    }

    public void Dispose() => _abandon.Dispose();

    internal void Leave()
    {
        lock (_lock)
        {
            if (--_passes == 0)
            {
                var idle = _idle;
                _idle = NewSource();
                idle.SetResult();
            }
        }
    }

    private bool IsOpen => _writes is FailoverWrites.Primary or FailoverWrites.Fallback or FailoverWrites.Forwarded;

    private TimeSpan SetInLock(FailoverWrites writes, string reason)
    {
        var isOpen = IsOpen;
        var closedFor = isOpen ? TimeSpan.Zero : time.GetElapsedTime(_since);
        // Waiting that turns to refusing is one outage.
        if (isOpen)
        {
            _since = time.GetTimestamp();
        }

        (_writes, _reason) = (writes, reason);
        var changed = _changed;
        _changed = NewSource();
        changed.SetResult();
        return closedFor;
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>A batch's way through the gate.</summary>
/// <param name="Gate">The gate.</param>
/// <param name="Way">Where it leads: to the primary, to the fallback, or to the instance that owns the ledger.</param>
/// <param name="Abandoned">Says that the batch has been given up.</param>
internal sealed record GatePass(WriteGate Gate, FailoverWrites Way, CancellationToken Abandoned) : IDisposable
{
    public void Dispose() => Gate.Leave();
}
