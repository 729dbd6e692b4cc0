using System.Collections;
using System.Globalization;
using System.Resources;
using System.Text.RegularExpressions;
using GavatDashboard.Shared.Text;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Failover;

/// <summary>
/// Says in the reader's language what the coordinator said. Its own words are English: they stay in the journal, the proofs and the API for
/// years, so they are the code, and the texts' English side is the list of them. What is none of them, such as a driver's message or a
/// person's reason, is left as it is.
/// </summary>
internal static partial class FailoverWords
{
    private const string Prefix = "FailoverSays.";
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);
    private static readonly Saying[] Sayings = [.. Read().OrderByDescending(saying => saying.Letters)];

    /// <summary>The text in the reader's language.</summary>
    public static string Of(string text, IStringLocalizer<UiText> texts)
    {
        foreach (var saying in Sayings)
        {
            if (saying.Pattern.Match(text) is { Success: true } match)
            {
                // What it was said about may be one of its own texts again.
                return texts[saying.Key, [.. match.Groups.Values.Skip(1).Select(argument => (object)Of(argument.Value, texts))]];
            }
        }

        return text;
    }

    private static IEnumerable<Saying> Read()
    {
        var texts = new ResourceManager(typeof(UiText)).GetResourceSet(CultureInfo.InvariantCulture, createIfNotExists: true, tryParents: true)
            ?? throw new MissingManifestResourceException("The texts are missing.");
        foreach (DictionaryEntry text in texts)
        {
            if (text is { Key: string key, Value: string english } && key.StartsWith(Prefix, StringComparison.Ordinal))
            {
                var pattern = $"^{Hole().Replace(Regex.Escape(english), "(?<p$1>.+)")}$";
                yield return new Saying(key, new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.Singleline, Patience), Hole().Replace(english, string.Empty).Length);
            }
        }
    }

    [GeneratedRegex(@"\\?\{(\d)\}")]
    private static partial Regex Hole();

    private sealed record Saying(string Key, Regex Pattern, int Letters);
}
