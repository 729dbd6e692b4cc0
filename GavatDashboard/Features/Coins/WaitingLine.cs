namespace GavatDashboard.Features.Coins;

/// <summary>
/// Operations that wait to be written, a bounded number of them, and the pace at which they are taken: all that wait at once where nothing
/// is on its way; else as soon as as many wait as are on their way. So the next batch is made ready meanwhile and is no smaller than the
/// one before it, and nobody ever lingers for more.
/// </summary>
/// <param name="capacity">How many may wait.</param>
/// <param name="atOnce">How many one batch takes at most.</param>
/// <param name="batchesAtOnce">How many batches may be on their way.</param>
internal sealed class WaitingLine<T>(int capacity, int atOnce, int batchesAtOnce)
{
    private readonly Lock _gate = new();
    private readonly Queue<T> _waiting = new();
    private TaskCompletionSource? _ready;
    private int _batches;
    private int _onTheWay;
    private bool _isClosed;

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    private bool IsReady => _waiting.Count > 0 && _batches < batchesAtOnce && _waiting.Count >= Math.Min(_onTheWay, atOnce);

    /// <summary>Adds one; false where it is full or closed.</summary>
    public bool TryAdd(T item)
    {
        lock (_gate)
        {
            if (_isClosed || _waiting.Count >= capacity)
            {
                return false;
            }

            _waiting.Enqueue(item);
            Wake();
            return true;
        }
    }

    /// <summary>Waits until it is time for a batch, and puts that on its way. For one reader.</summary>
    public async Task<List<T>> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task ready;
            lock (_gate)
            {
                if (IsReady)
                {
                    return Take();
                }

                _ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                ready = _ready.Task;
            }

            await ready.WaitAsync(cancellationToken);
        }
    }

    /// <summary>A batch that was taken has come to its end.</summary>
    public void Done(IReadOnlyCollection<T> batch)
    {
        lock (_gate)
        {
            _batches--;
            _onTheWay -= batch.Count;
            Wake();
        }
    }

    /// <summary>Takes nothing more, and hands out what waits.</summary>
    public IReadOnlyList<T> Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            T[] rest = [.. _waiting];
            _waiting.Clear();
            return rest;
        }
    }

    private List<T> Take()
    {
        var batch = new List<T>(Math.Min(atOnce, _waiting.Count));
        while (batch.Count < atOnce && _waiting.TryDequeue(out var item))
        {
            batch.Add(item);
        }

        _batches++;
        _onTheWay += batch.Count;
        return batch;
    }

    private void Wake()
    {
        if (_ready is { } ready && IsReady)
        {
            _ready = null;
            ready.SetResult();
        }
    }
}
