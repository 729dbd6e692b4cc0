using System.Globalization;
using System.Text.RegularExpressions;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Reconciliation;
using GavatDashboard.Tests.Servers;

namespace GavatDashboard.Tests.Features.Reconciliation;

public sealed partial class FindingTests
{
    [Theory]
    [InlineData("")]
    [InlineData("tr")]
    public void Say_EveryCodeThatACheckUses_HasWordsInEachLanguage(string language)
    {
        var culture = CultureInfo.GetCultureInfo(language);
        var sources = string.Concat(Directory.GetFiles(Path.Combine(SourceTree.Root, "GavatDashboard", "Features", "Reconciliation"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        var codes = Codes().Matches(sources).Select(match => match.Groups[1].Value).Distinct().ToArray();
        string[] places = [Places.Primary, Places.Fallback, Places.Documents, Places.Cache, .. Enum.GetValues<LeaderboardPeriod>().Select(Places.BoardOf)];
        string[] repairs = ["cache-anew", "boards-anew", "copy-anew", "copied-again"];
        object[] arguments = [.. Enumerable.Range(1, 9).Select(number => (object)$"argument {number}")];

        Assert.True(codes.Length >= 25, $"Only {codes.Length} codes were found.");
        Assert.All(codes, code => Assert.DoesNotContain('{', Finding.Of(code, arguments).Say(culture)));
        Assert.All(places, place => Assert.NotEmpty((Finding.Of("copy-behind", 1, 2) with { Place = place }).Say(culture)));
        Assert.All(repairs, repair => Assert.NotEmpty((Finding.Of("said", "x") with { Repair = repair }).Say(culture)));
    }

    [Fact]
    public void Equals_OfTwoThatSayTheSame_IsTrue()
    {
        Assert.Equal(Finding.Of("said", "a") with { Place = Places.Cache }, Finding.Of("said", "a") with { Place = Places.Cache });
        Assert.NotEqual(Finding.Of("said", "a"), Finding.Of("said", "b"));
    }

    [GeneratedRegex("(?:Finding\\.Of|Say|ComparePeriod)\\(\\s*(?:userId, )?\"([a-z-]+)\"")]
    private static partial Regex Codes();
}
