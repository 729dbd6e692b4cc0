namespace GavatDashboard.Features.Instances;

/// <summary>Whether this instance owns the ledger, for those who must do their work only where it does.</summary>
internal sealed class LedgerOwnership
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = NewSource();
    private bool _isMine;

    /// <summary>Whether it does now.</summary>
    public bool IsMine
    {
        get
        {
            lock (_lock)
            {
                return _isMine;
            }
        }
    }

    /// <summary>Says whether it does; for the failover coordinator alone.</summary>
    public void Set(bool isMine)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            if (_isMine == isMine)
            {
                return;
            }

            _isMine = isMine;
            (changed, _changed) = (_changed, NewSource());
        }

        changed.SetResult();
    }

    /// <summary>Waits until it does, or does not.</summary>
    public async Task UntilAsync(bool isMine, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task changed;
            lock (_lock)
            {
                if (_isMine == isMine)
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
