using System.Globalization;
using System.Text;

namespace GavatDashboard.Domain.Imports;

/// <summary>
/// Reads lines of UTF-8 text from a stream and never holds more than one of them. A line that is too long or no text is
/// reported as such with its number, and reading goes on behind it.
/// </summary>
/// <remarks>Ends of line may be LF or CRLF, a byte order mark is passed over, the last line may lack its end.</remarks>
public sealed class LineReader
{
    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly byte[] _line;
    private int _start;
    private int _end;
    private int _lineLength;
    private bool _lineTooLong;
    private bool _ended;
    private long _number;

    /// <summary>Reads from where the stream stands.</summary>
    /// <param name="stream">The stream; it is not closed.</param>
    /// <param name="maxLineBytes">The longest line that is read, in bytes without its end, 16 to 1,048,576.</param>
    public LineReader(Stream stream, int maxLineBytes)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLineBytes, 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxLineBytes, 1024 * 1024);
        _stream = stream;

        // Room for a carriage return and a byte order mark beside the longest line.
        _line = new byte[maxLineBytes + 4];
        MaxLineBytes = maxLineBytes;
    }

    /// <summary>The longest line that is read, in bytes.</summary>
    public int MaxLineBytes { get; }

    /// <summary>The next line, or null at the end of the stream.</summary>
    /// <param name="cancellationToken">Gives up reading.</param>
    public async ValueTask<RawLine?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_start == _end)
            {
                if (_ended)
                {
                    return null;
                }

                _start = 0;
                _end = await _stream.ReadAsync(_buffer, cancellationToken);
                if (_end == 0)
                {
                    _ended = true;
                    return _lineLength > 0 || _lineTooLong ? TakeLine() : null;
                }
            }

            if (TryFinishLine())
            {
                return TakeLine();
            }
        }
    }

    private bool TryFinishLine()
    {
        var unread = _buffer.AsSpan(_start, _end - _start);
        var lineEnd = unread.IndexOf((byte)'\n');
        Keep(lineEnd < 0 ? unread : unread[..lineEnd]);
        _start = lineEnd < 0 ? _end : _start + lineEnd + 1;
        return lineEnd >= 0;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_lineTooLong || _lineLength + bytes.Length > _line.Length)
        {
            _lineTooLong = true;
            return;
        }

        bytes.CopyTo(_line.AsSpan(_lineLength));
        _lineLength += bytes.Length;
    }

    private RawLine TakeLine()
    {
        _number++;
        var bytes = _line.AsSpan(0, _lineLength);
        var tooLong = _lineTooLong;
        _lineLength = 0;
        _lineTooLong = false;
        if (_number == 1 && bytes.StartsWith(Encoding.UTF8.Preamble))
        {
            bytes = bytes[Encoding.UTF8.Preamble.Length..];
        }

        bytes = bytes.EndsWith("\r"u8) ? bytes[..^1] : bytes;
        if (tooLong || bytes.Length > MaxLineBytes)
        {
            return new(_number, string.Empty, string.Create(CultureInfo.InvariantCulture, $"The line is longer than {MaxLineBytes} bytes."));
        }

        var text = Encoding.UTF8.GetString(bytes);
        return text.AsSpan().ContainsAny(NoText) || text.Any(c => char.IsControl(c) && c != '\t')
            ? new(_number, string.Empty, "The line holds bytes that are no UTF-8 text.")
            : new(_number, text, null);
    }

    // What bytes that are no UTF-8 are decoded to.
    private static readonly System.Buffers.SearchValues<char> NoText = System.Buffers.SearchValues.Create("\uFFFD\0");
}
