using System.Globalization;
using System.Text;
using Serilog.Core;
using Serilog.Events;

namespace GavatDashboard.Features.Telemetry;

/// <summary>
/// Escapes control characters in logged values, so that what a user typed can neither begin a line of its own in the log
/// nor steer the terminal of whoever reads it.
/// </summary>
internal sealed class ControlCharacterEscaper : ILogEventEnricher
{
    /// <inheritdoc />
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        List<LogEventProperty>? changed = null;
        foreach (var (name, value) in logEvent.Properties)
        {
            var escaped = Escape(value);
            if (!ReferenceEquals(escaped, value))
            {
                (changed ??= []).Add(new LogEventProperty(name, escaped));
            }
        }

        changed?.ForEach(logEvent.AddOrUpdateProperty);
    }

    /// <summary>The text with control characters as <c>\n</c>, <c>\t</c> or <c>\u001B</c>; the same text where there are none.</summary>
    internal static string Escape(string text)
    {
        if (!text.Any(MustEscape))
        {
            return text;
        }

        var escaped = new StringBuilder(text.Length + 16);
        foreach (var character in text)
        {
            _ = character switch
            {
                '\n' => escaped.Append("\\n"),
                '\r' => escaped.Append("\\r"),
                '\t' => escaped.Append("\\t"),
                _ when MustEscape(character) => escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}"),
                _ => escaped.Append(character),
            };
        }

        return escaped.ToString();
    }

    // The line and paragraph separators, and the marks that turn the direction of text, count too.
    private static bool MustEscape(char character) =>
        char.IsControl(character) || character is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    private static LogEventPropertyValue Escape(LogEventPropertyValue value)
    {
        switch (value)
        {
            case ScalarValue { Value: string text }:
                var escaped = Escape(text);
                return ReferenceEquals(escaped, text) ? value : new ScalarValue(escaped);
            case SequenceValue sequence:
                var elements = sequence.Elements.Select(Escape).ToList();
                return elements.SequenceEqual(sequence.Elements, ReferenceEqualityComparer.Instance) ? value : new SequenceValue(elements);
            case StructureValue structure:
                return new StructureValue(structure.Properties.Select(property => new LogEventProperty(property.Name, Escape(property.Value))), structure.TypeTag);
            default:
                return value;
        }
    }
}
