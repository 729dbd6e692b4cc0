using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace GavatDashboard.Domain.Coins;

/// <summary>The chain of hashes through the ledger: changing or dropping an entry breaks every hash after it.</summary>
public static class EntryChain
{
    /// <summary>The chain hash of an entry after its predecessor.</summary>
    /// <param name="previous">The predecessor's chain hash, 32 bytes.</param>
    /// <param name="entry">The entry; its own <see cref="Entry.ChainHash"/> is no part of it.</param>
    public static byte[] Next(byte[] previous, Entry entry)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(previous);
        hash.AppendData(entry.Id.ToByteArray(bigEndian: true));
        AppendNumber(hash, entry.Sequence);
        AppendText(hash, entry.UserId);
        AppendText(hash, entry.Type.Code);
        AppendNumber(hash, entry.Amount.Value);
        AppendNumber(hash, entry.BalanceAfter.Value);
        AppendText(hash, entry.ContraAccount);
        AppendText(hash, entry.Description);
        AppendText(hash, entry.RelatedUserId);
        AppendText(hash, entry.Metadata);
        AppendText(hash, entry.ReversalOf?.ToString("N"));
        AppendText(hash, entry.IdempotencyKey);
        hash.AppendData(entry.RequestHash);
        AppendNumber(hash, entry.EffectiveAt.UtcTicks);
        AppendNumber(hash, entry.RecordedAt.UtcTicks);
        AppendText(hash, entry.Actor);
        AppendNumber(hash, entry.Epoch);
        return hash.GetHashAndReset();
    }

    private static void AppendNumber(IncrementalHash hash, long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        hash.AppendData(bytes);
    }

    /// <summary>The length goes first, so that no two different lists of texts hash alike; -1 stands for none.</summary>
    private static void AppendText(IncrementalHash hash, string? text)
    {
        if (text is null)
        {
            AppendNumber(hash, -1);
            return;
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        AppendNumber(hash, bytes.Length);
        hash.AppendData(bytes);
    }
}
