using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace GavatDashboard.Domain.Imports;

/// <summary>
/// Counts how often a line has stood in a file before, so that two equal purchases stay two, and the same file sent again
/// gives each line the same number. It keeps 128 bits of a hash a line, not the line.
/// </summary>
public sealed class LineOrdinals
{
    private readonly HashSet<UInt128> _once = [];
    private readonly Dictionary<UInt128, int> _more = [];

    /// <summary>The number of this occurrence, from 1.</summary>
    /// <param name="identity">What makes the line itself.</param>
    public int Next(string identity)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(identity), hash);
        var key = BinaryPrimitives.ReadUInt128LittleEndian(hash);
        if (_once.Add(key))
        {
            return 1;
        }

        var next = _more.GetValueOrDefault(key, 1) + 1;
        _more[key] = next;
        return next;
    }
}
