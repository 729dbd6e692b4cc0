namespace GavatDashboard.Stores;

/// <summary>What a stretch of entries comes to, so that two copies of it can be compared without reading either whole.</summary>
/// <param name="Entries">How many there are.</param>
/// <param name="Coins">The sum of their amounts.</param>
/// <param name="Digests">The sum of their digests.</param>
public sealed record EntrySums(long Entries, long Coins, long Digests)
{
    private const int DigestBytes = 5;

    /// <summary>No entries.</summary>
    public static EntrySums None { get; } = new(0, 0, 0);

    /// <summary>
    /// An entry's digest: the first 40 bits of its chain hash, which covers every field of it and all before it. Few enough that the sum of
    /// some thousand stays exact in a floating-point number, which is what some servers sum in.
    /// </summary>
    /// <param name="chainHash">The chain hash.</param>
    public static long DigestOf(ReadOnlySpan<byte> chainHash)
    {
        var digest = 0L;
        foreach (var part in chainHash[..DigestBytes])
        {
            digest = (digest << 8) | part;
        }

        return digest;
    }

    /// <summary>With one more entry.</summary>
    /// <param name="coins">Its amount.</param>
    /// <param name="digest">Its digest.</param>
    public EntrySums Plus(long coins, long digest) => new(Entries + 1, Coins + coins, Digests + digest);
}
