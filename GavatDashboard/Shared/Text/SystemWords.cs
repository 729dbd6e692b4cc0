using System.Collections;
using System.Globalization;
using System.Resources;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Shared.Text;

/// <summary>
/// Says in the reader's language what the application said of itself: why a component is as it is, what an incident was about, what the failover
/// coordinator did. Its own words are English: they stay in incidents, the journal, the proofs, logs and the API for years, so they are the code,
/// and the texts' English side is the list of them. What is none of them, such as a driver's message or a person's reason, is left as it is.
/// </summary>
internal static partial class SystemWords
{
    private const string ItsOwnEnglish = "StandIn.";
    private static readonly string[] Prefixes = ["FailoverSays.", "FailoverState.", "HealthSays.", "Finding.", "Place.", "Repair.", ItsOwnEnglish];
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);
    private static readonly Saying[] Sayings = [.. Read().OrderByDescending(saying => saying.Letters)];

    /// <summary>The text in the reader's language.</summary>
    public static string Of(string text, IStringLocalizer<UiText> texts) =>
        CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "en" ? text : Find(text, texts) ?? OfEach(text, texts);

    /// <summary>The keys of all that the application says.</summary>
    internal static IEnumerable<(string Key, string English)> List() => Sayings.Select(saying => (saying.Key, saying.English));

    private static string? Find(string text, IStringLocalizer<UiText> texts)
    {
        foreach (var saying in Sayings)
        {
            if (saying.Match(text) is { } arguments)
            {
                // What it was said about may be one of its own texts again.
                return texts[saying.Key, [.. arguments.Select(argument => (object)Of(argument, texts))]];
            }
        }

        return null;
    }

    /// <summary>Several sentences, each by itself.</summary>
    private static string OfEach(string text, IStringLocalizer<UiText> texts)
    {
        var sentences = SentenceEnd().Split(text);
        return sentences.Length == 1 ? text : string.Join(' ', sentences.Select(sentence => Find(sentence, texts) ?? OfUnended(sentence, texts)));
    }

    /// <summary>A sentence whose text is kept without its full stop.</summary>
    private static string OfUnended(string sentence, IStringLocalizer<UiText> texts) =>
        sentence.EndsWith('.') && Find(sentence[..^1], texts) is { } said ? $"{said}." : sentence;

    private static IEnumerable<Saying> Read()
    {
        var texts = new ResourceManager(typeof(UiText)).GetResourceSet(CultureInfo.InvariantCulture, createIfNotExists: true, tryParents: true)
            ?? throw new MissingManifestResourceException("The texts are missing.");
        foreach (DictionaryEntry text in texts)
        {
            if (text is { Key: string key, Value: string value } && Array.Exists(Prefixes, prefix => key.StartsWith(prefix, StringComparison.Ordinal)))
            {
                var english = key.StartsWith(ItsOwnEnglish, StringComparison.Ordinal) ? key[ItsOwnEnglish.Length..] : value;
                if (Place().Replace(english, string.Empty).Length > 0)
                {
                    yield return new Saying(key, english);
                }
            }
        }
    }

    [GeneratedRegex(@"\{(\d)\}")]
    private static partial Regex Place();

    [GeneratedRegex(@"(?<=\.) ")]
    private static partial Regex SentenceEnd();

    /// <summary>One of the texts, with places for what it is said about.</summary>
    private sealed class Saying
    {
        private readonly string _beginning;
        private readonly int _places;
        private readonly Regex _pattern;

        public Saying(string key, string english)
        {
            (Key, English) = (key, english);
            var places = Place().Matches(english);
            _beginning = english[..(places is [var first, ..] ? first.Index : english.Length)];
            _places = places.Count == 0 ? 0 : places.Max(place => place.Groups[1].Value[0] - '0') + 1;
            _pattern = new Regex($"^{EscapedPlace().Replace(Regex.Escape(english), "(?<p$1>.+)")}$", RegexOptions.CultureInvariant | RegexOptions.Singleline, Patience);
            Letters = Place().Replace(english, string.Empty).Length;
        }

        public string Key { get; }

        public string English { get; }

        /// <summary>How much of it is fixed: of two that fit, the one that says more is meant.</summary>
        public int Letters { get; }

        /// <summary>What stands at its places where a text is this one, else null.</summary>
        public string[]? Match(string text)
        {
            if (!text.StartsWith(_beginning, StringComparison.Ordinal) || _pattern.Match(text) is not { Success: true } match)
            {
                return null;
            }

            var arguments = new string[_places];
            for (var place = 0; place < _places; place++)
            {
                arguments[place] = match.Groups[$"p{place}"].Value;
            }

            return arguments;
        }
    }

    [GeneratedRegex(@"\\\{(\d)\}")]
    private static partial Regex EscapedPlace();
}
