using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Mirror;

namespace GavatDashboard.Features.Coins;

/// <summary>
/// The batches on their way to the primary ledger, each decided on the one before it, and the turn in which the next one is decided. When
/// one of them comes to nothing, all that build on it come to nothing: whoever has the next turn finds them withdrawn from the notes and
/// undone in memory.
/// </summary>
internal sealed class BatchLine(LedgerMirror mirror, LedgerMemory memory) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly List<NotedBatch> _onTheWay = [];

    /// <summary>The batch on which the next one is decided; null where none is on its way.</summary>
    public NotedBatch? Last => _onTheWay.Count > 0 ? _onTheWay[^1] : null;

    /// <summary>The heads that the primary may have while they are on their way, but for the last.</summary>
    public IEnumerable<LedgerHead> Heads => _onTheWay.Select(batch => batch.Delta.Before);

    /// <summary>Waits for the turn. It ends when the result is disposed.</summary>
    public async Task<Turn> EnterAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        var turn = new Turn(_turn);
        try
        {
            Tidy();
            return turn;
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    /// <summary>Waits until one more may be noted. In a turn.</summary>
    public async Task MakeRoomAsync(CancellationToken cancellationToken)
    {
        while (_onTheWay.Count >= BatchesInDoubt.AtMost)
        {
            await _onTheWay[0].Fate.WaitAsync(cancellationToken);
            Tidy();
        }
    }

    /// <summary>Waits until none is on its way. In a turn.</summary>
    /// <returns>Whether all of them were written, so that what was decided on them holds.</returns>
    public async Task<bool> EmptyAsync(CancellationToken cancellationToken)
    {
        var areWritten = true;
        while (_onTheWay.Count > 0)
        {
            await _onTheWay[0].Fate.WaitAsync(cancellationToken);
            areWritten &= Tidy();
        }

        return areWritten;
    }

    /// <summary>Puts a batch on its way. In a turn.</summary>
    public void Add(NotedBatch batch) => _onTheWay.Add(batch);

    /// <summary>Takes out what has come to its end. In a turn.</summary>
    /// <returns>Whether all of that was written.</returns>
    public bool Tidy()
    {
        while (_onTheWay.Count > 0 && _onTheWay[0].Is(BatchFate.Written))
        {
            _onTheWay.RemoveAt(0);
        }

        var failed = _onTheWay.FindIndex(batch => batch.Is(BatchFate.NotWritten) || batch.Is(BatchFate.InDoubt));
        if (failed < 0)
        {
            return true;
        }

        var over = _onTheWay[failed..];
        _onTheWay.RemoveRange(failed, over.Count);
        var isInDoubt = over[0].Is(BatchFate.InDoubt);
        if (isInDoubt)
        {
            memory.Forget();
        }
        else
        {
            foreach (var batch in Enumerable.Reverse(over))
            {
                memory.Undo(batch.Operations, batch.Delta);
            }
        }

        // The note of the one in doubt stays until the primary's head, or a promotion, decides about it. Those behind it were not sent.
        if (over.Skip(isInDoubt ? 1 : 0).FirstOrDefault() is { } withdrawn)
        {
            mirror.Withdraw(withdrawn.Delta);
        }

        return false;
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>The turn to decide.</summary>
    internal readonly struct Turn(SemaphoreSlim turns) : IDisposable
    {
        public void Dispose() => turns.Release();
    }
}
