using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace GavatDashboard.Features.Audit;

/// <summary>
/// The hash that chains audit rows. Every field is written with its length, and absent is not empty, so that no two different
/// rows have the same content.
/// </summary>
internal static class AuditHash
{
    /// <summary>The "previous hash" of the first row.</summary>
    public static string Genesis { get; } = new('0', 64);

    public static string Compute(string previousHash, long seq, long atUnixMs, string actor, string action, string? target, string? reason, string? detailsJson)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Convert.FromHexString(previousHash));
        AppendNumber(hash, seq);
        AppendNumber(hash, atUnixMs);
        AppendText(hash, actor);
        AppendText(hash, action);
        AppendText(hash, target);
        AppendText(hash, reason);
        AppendText(hash, detailsJson);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void AppendNumber(IncrementalHash hash, long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        hash.AppendData(bytes);
    }

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
