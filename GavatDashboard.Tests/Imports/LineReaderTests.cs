using System.Text;
using GavatDashboard.Domain.Imports;

namespace GavatDashboard.Tests.Imports;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("a\nb\n", new[] { "a", "b" })]
    [InlineData("a\nb", new[] { "a", "b" })]
    [InlineData("a\r\nb\r\n", new[] { "a", "b" })]
    [InlineData("\uFEFFa\n", new[] { "a" })]
    [InlineData("a\n\n\nb\n", new[] { "a", "", "", "b" })]
    [InlineData("", new string[0])]
    public async Task Read_AnyLineEnds_GivesTheLines(string text, string[] expected) =>
        Assert.Equal(expected, (await ReadAsync(Encoding.UTF8.GetBytes(text))).Select(line => line.Text));

    [Fact]
    public async Task Read_LongLine_IsReportedAndTheNextOneRead()
    {
        var lines = await ReadAsync(Encoding.UTF8.GetBytes($"ok\n{new string('x', 500_000)}\nalso ok"), maxLineBytes: 100);

        Assert.Equal(["ok", "", "also ok"], lines.Select(line => line.Text));
        Assert.Equal((2L, "The line is longer than 100 bytes."), (lines[1].Number, lines[1].Problem));
    }

    [Fact]
    public async Task Read_LineOfJustTheLimit_IsRead()
    {
        var lines = await ReadAsync(Encoding.UTF8.GetBytes($"\uFEFF{new string('x', 100)}\r\n{new string('y', 101)}\r\n"), maxLineBytes: 100);

        Assert.Equal(100, lines[0].Text.Length);
        Assert.NotNull(lines[1].Problem);
    }

    [Fact]
    public async Task Read_BinaryGarbage_IsReportedAndNeverThrows()
    {
        var bytes = new byte[300_000];
        new Random(7).NextBytes(bytes);

        var lines = await ReadAsync(bytes, maxLineBytes: 64);

        Assert.Equal(bytes.Count(b => b == '\n') + (bytes[^1] == '\n' ? 0 : 1), lines.Count);
        Assert.Contains(lines, line => line.Problem == "The line holds bytes that are no UTF-8 text.");
    }

    [Fact]
    public async Task Read_StreamOfOneByteAtATime_GivesTheSame()
    {
        var lines = new List<RawLine>();
        var reader = new LineReader(new TrickleStream(Encoding.UTF8.GetBytes("çok\r\ngüzel")), 64);
        while (await reader.ReadAsync(CancellationToken.None) is { } line)
        {
            lines.Add(line);
        }

        Assert.Equal(["çok", "güzel"], lines.Select(line => line.Text));
    }

    private static async Task<List<RawLine>> ReadAsync(byte[] bytes, int maxLineBytes = 4096)
    {
        var reader = new LineReader(new MemoryStream(bytes), maxLineBytes);
        var lines = new List<RawLine>();
        while (await reader.ReadAsync(CancellationToken.None) is { } line)
        {
            lines.Add(line);
        }

        return lines;
    }

    private sealed class TrickleStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer.Length == 0 ? buffer : buffer[..1], cancellationToken);
    }
}
