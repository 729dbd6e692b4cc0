using System.Text;
using System.Text.RegularExpressions;

namespace GavatDashboard.Tests.Architecture;

/// <summary>Source code without the content of its strings and comments, so that patterns find code alone.</summary>
internal static partial class SourceText
{
    /// <summary>What a comment is replaced by: still a comment, without words.</summary>
    public const string CommentMark = "/**/";

    /// <summary>Empties strings, characters and comments; lines keep their numbers.</summary>
    public static string WithoutWords(string source) => Words().Replace(source, match =>
    {
        var replacement = match.Value[0] == '/' ? CommentMark : "\"\"";
        var lines = match.Value.Count(character => character == '\n');
        return new StringBuilder(replacement).Append('\n', lines).ToString();
    });

    // In this order: comments (of C#, JavaScript, Razor), raw, verbatim and ordinary strings, characters.
    [GeneratedRegex("""""
        //[^\n]* | /\*.*?\*/ | @\*.*?\*@
        | (?<quotes>"{3,}).*?\k<quotes>
        | \$?@\$?"(?:[^"]|"")*"
        | "(?:[^"\\\n]|\\.)*"
        | '(?:[^'\\\n]|\\[^'\n]{1,9}|\\')'
        """"", RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline)]
    private static partial Regex Words();
}
