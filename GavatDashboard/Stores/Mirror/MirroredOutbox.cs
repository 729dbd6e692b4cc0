using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Mirror;

/// <summary>
/// The outbox of the ledger whose word counts. What every consumer has handled is dropped from the mirror too, so that its
/// file does not grow for ever.
/// </summary>
internal sealed class MirroredOutbox(LedgerStores stores) : IOutbox
{
    private IOutbox Current => (IOutbox)stores.CurrentStorage;

    public Task<OutboxBatch> ReadAsync(long afterSequence, int limit, CancellationToken cancellationToken) =>
        Current.ReadAsync(afterSequence, limit, cancellationToken);

    public Task<long> ReadCursorAsync(string consumer, CancellationToken cancellationToken) => Current.ReadCursorAsync(consumer, cancellationToken);

    public Task SaveCursorAsync(string consumer, long sequence, CancellationToken cancellationToken) =>
        Current.SaveCursorAsync(consumer, sequence, cancellationToken);

    public async Task<long> TrimAsync(long throughSequence, CancellationToken cancellationToken)
    {
        var current = Current;
        var dropped = await current.TrimAsync(throughSequence, cancellationToken);
        var mirror = (IOutbox)stores.FallbackStorage;
        if (current != mirror)
        {
            await mirror.TrimAsync(throughSequence, cancellationToken);
        }

        return dropped;
    }
}
