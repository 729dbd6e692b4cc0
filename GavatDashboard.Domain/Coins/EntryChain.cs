namespace GavatDashboard.Domain.Coins;

/// <summary>The chain of hashes through the ledger: changing or dropping an entry breaks every hash after it.</summary>
public static class EntryChain
{
    /// <summary>The chain hash of an entry after its predecessor.</summary>
    /// <param name="previous">The predecessor's chain hash, 32 bytes.</param>
    /// <param name="entry">The entry; its own <see cref="Entry.ChainHash"/> is no part of it.</param>
    public static byte[] Next(byte[] previous, Entry entry) => HashInput.Begin()
        .Add(previous)
        .Add(entry.Id)
        .Add(entry.Sequence)
        .AddMeasured(entry.UserId)
        .AddMeasured(entry.Type.Code)
        .Add(entry.Amount.Value)
        .Add(entry.BalanceAfter.Value)
        .AddMeasured(entry.ContraAccount)
        .AddMeasured(entry.Description)
        .AddMeasured(entry.RelatedUserId)
        .AddMeasured(entry.Metadata)
        .AddMeasured(entry.ReversalOf?.ToString("N"))
        .AddMeasured(entry.IdempotencyKey)
        .Add(entry.RequestHash)
        .Add(entry.EffectiveAt.UtcTicks)
        .Add(entry.RecordedAt.UtcTicks)
        .AddMeasured(entry.Actor)
        .Add(entry.Epoch)
        .ToHash();
}
