using GavatDashboard.Features.Telemetry;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace GavatDashboard.Tests.Features.Telemetry;

public sealed class ControlCharacterEscaperTests
{
    [Theory]
    [InlineData("plain, Türkçe, 🎉", "plain, Türkçe, 🎉")]
    [InlineData("a\r\nb", "a\\r\\nb")]
    [InlineData("\u001B[2Jgone", "\\u001B[2Jgone")]
    [InlineData("a\u2028b\u202Ec", "a\\u2028b\\u202Ec")]
    public void Escape_Text_HasNoControlCharacters(string text, string expected) => Assert.Equal(expected, ControlCharacterEscaper.Escape(text));

    [Fact]
    public void Enrich_UserTextInAnyPlace_CannotBeginALine()
    {
        var sink = new Lines();
        using var logger = new LoggerConfiguration().Enrich.With<ControlCharacterEscaper>().WriteTo.Sink(sink).CreateLogger();

        logger.Information("{Text:l} {List} {@Object}", "x\nFORGED", new[] { "y\nFORGED" }, new { Name = "z\nFORGED" });

        Assert.DoesNotContain('\n', sink.Rendered);
        Assert.Contains("x\\nFORGED", sink.Rendered, StringComparison.Ordinal);
    }

    private sealed class Lines : ILogEventSink
    {
        public string Rendered { get; private set; } = "";

        public void Emit(LogEvent logEvent) => Rendered = logEvent.RenderMessage(System.Globalization.CultureInfo.InvariantCulture);
    }
}
