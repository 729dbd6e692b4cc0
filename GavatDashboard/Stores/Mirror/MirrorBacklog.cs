using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Mirror;

/// <summary>Batches that are committed and wait to be brought into the fallback's tables. It is bounded: a writer that runs ahead waits.</summary>
internal sealed class MirrorBacklog : IDisposable
{
    /// <summary>Operations that may wait. They are in memory beside the notes on the disk, some 1 kB each.</summary>
    internal const int OperationsAtMost = 32_768;

    /// <summary>Operations a transaction, so that the file's other writers wait for some 200 ms at most.</summary>
    internal const int GroupAtMost = 8_192;

    private readonly Lock _gate = new();
    private readonly Queue<LedgerDelta> _waiting = new();
    private readonly SemaphoreSlim _work = new(0, 1);
    private TaskCompletionSource? _room;
    private int _operations;
    private int _taken;

    /// <summary>How many operations wait or are being applied.</summary>
    public int Operations => Volatile.Read(ref _operations);

    /// <summary>Adds a batch.</summary>
    public void Add(LedgerDelta delta)
    {
        lock (_gate)
        {
            _waiting.Enqueue(delta);
            _operations += SizeOf(delta);
            if (_work.CurrentCount == 0)
            {
                _work.Release();
            }
        }
    }

    /// <summary>Waits while too much waits.</summary>
    public ValueTask WaitForRoomAsync()
    {
        lock (_gate)
        {
            return _operations <= OperationsAtMost
                ? ValueTask.CompletedTask
                : new ValueTask((_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task);
        }
    }

    /// <summary>Waits until something was added since the last time.</summary>
    public Task WaitForWorkAsync(CancellationToken cancellationToken) => _work.WaitAsync(cancellationToken);

    /// <summary>The batches to apply next, as many as one transaction takes; none where nothing waits.</summary>
    public IReadOnlyList<LedgerDelta> Take()
    {
        lock (_gate)
        {
            var group = new List<LedgerDelta>();
            while (_taken < GroupAtMost && _waiting.TryDequeue(out var next))
            {
                group.Add(next);
                _taken += SizeOf(next);
            }

            return group;
        }
    }

    /// <summary>What was taken last is applied, or given up.</summary>
    public void Done()
    {
        lock (_gate)
        {
            _operations -= _taken;
            _taken = 0;
            MakeRoom();
        }
    }

    /// <summary>Forgets what waits: it will come by another way.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _waiting.Clear();
            _operations = _taken;
            MakeRoom();
        }
    }

    public void Dispose() => _work.Dispose();

    private void MakeRoom()
    {
        if (_operations <= OperationsAtMost)
        {
            _room?.TrySetResult();
            _room = null;
        }
    }

    private static int SizeOf(LedgerDelta delta) => delta.Entries.Count + delta.Outbox.Count + delta.Answers.Count;
}
