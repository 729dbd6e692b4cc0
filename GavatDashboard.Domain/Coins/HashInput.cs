using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace GavatDashboard.Domain.Coins;

/// <summary>
/// Gathers what a hash is made of and hashes it in one go: hundreds of operations a batch make two hashes each, and a call into the
/// hash for every field costs more than the hashing.
/// </summary>
internal sealed class HashInput
{
    [ThreadStatic]
    private static HashInput? _ofThread;

    private readonly ArrayBufferWriter<byte> _bytes = new(1_024);

    private HashInput()
    {
    }

    /// <summary>An empty one, for the current thread until its next call.</summary>
    public static HashInput Begin()
    {
        var input = _ofThread ??= new HashInput();
        input._bytes.ResetWrittenCount();
        return input;
    }

    /// <summary>Adds bytes.</summary>
    public HashInput Add(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>Adds a number as eight bytes, the highest first.</summary>
    public HashInput Add(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(_bytes.GetSpan(8), value);
        _bytes.Advance(8);
        return this;
    }

    /// <summary>Adds an id as sixteen bytes, in the order in which it is written.</summary>
    public HashInput Add(Guid id)
    {
        id.TryWriteBytes(_bytes.GetSpan(16), bigEndian: true, out var written);
        _bytes.Advance(written);
        return this;
    }

    /// <summary>Adds a text with its length before it, so that no two different lists of texts hash alike; -1 stands for none.</summary>
    public HashInput AddMeasured(string? text) =>
        text is null ? Add(-1) : Add(Encoding.UTF8.GetByteCount(text)).Add(text);

    /// <summary>Adds a text.</summary>
    public HashInput Add(ReadOnlySpan<char> text)
    {
        Encoding.UTF8.GetBytes(text, _bytes);
        return this;
    }

    /// <summary>SHA-256 of all that was added.</summary>
    public byte[] ToHash() => SHA256.HashData(_bytes.WrittenSpan);
}
