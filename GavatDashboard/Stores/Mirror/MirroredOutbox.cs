using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Mirror;

/// <summary>The primary's outbox. What every consumer has handled is dropped from the mirror too, so that its file does not grow for ever.</summary>
internal sealed class MirroredOutbox(LedgerStores stores) : IOutbox
{
    private readonly IOutbox _primary = (IOutbox)stores.PrimaryStorage;
    private readonly IOutbox _mirror = (IOutbox)stores.FallbackStorage;

    public Task<OutboxBatch> ReadAsync(long afterSequence, int limit, CancellationToken cancellationToken) =>
        _primary.ReadAsync(afterSequence, limit, cancellationToken);

    public Task<long> ReadCursorAsync(string consumer, CancellationToken cancellationToken) => _primary.ReadCursorAsync(consumer, cancellationToken);

    public Task SaveCursorAsync(string consumer, long sequence, CancellationToken cancellationToken) =>
        _primary.SaveCursorAsync(consumer, sequence, cancellationToken);

    public async Task<long> TrimAsync(long throughSequence, CancellationToken cancellationToken)
    {
        var dropped = await _primary.TrimAsync(throughSequence, cancellationToken);
        await _mirror.TrimAsync(throughSequence, cancellationToken);
        return dropped;
    }
}
