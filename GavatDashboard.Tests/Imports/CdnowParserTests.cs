using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Imports;

namespace GavatDashboard.Tests.Imports;

public sealed class CdnowParserTests
{
    private static readonly DateOnly Latest = new(2026, 5, 29);

    [Fact]
    public void Parse_SampleLine_BuysAndSpendsTheSameAmountOnItsDay()
    {
        var line = Assert.IsType<HistoryLine.Accepted>(Parse(" 00004 0001 19970101  2   29.33").Single());

        Assert.Equal(new HistoryUser("1", "cdnow-1", new DateTimeOffset(1997, 1, 1, 0, 0, 0, TimeSpan.Zero)), line.User);
        Assert.Equal(("cdnow-sample", "1:19970101:2:2933"), (line.Source, line.Identity));
        Assert.Equal(
            [("earn", EntryType.EarnPurchase, 2933L), ("spend", EntryType.SpendContent, 2933L)],
            line.Postings.Select(posting => (posting.Suffix, posting.Type, posting.Amount.Value)));
    }

    [Fact]
    public void Parse_FullFile_SkipsTheHeaderAndTakesTheCustomerAsUser()
    {
        var lines = Parse("customer date CDs dollars", "00001 19970101 1 11.77", "23570 19970326 2 25.74");

        Assert.Equal(new HistoryLine.Skipped(1, IsBlank: false), lines[0]);
        Assert.Equal(["1", "23570"], lines.OfType<HistoryLine.Accepted>().Select(line => line.User.Id));
        Assert.Equal("cdnow:1:19970101:1:1177", lines.OfType<HistoryLine.Accepted>().Select(line => $"{line.Source}:{line.Identity}").First());
    }

    [Fact]
    public void Parse_FullFileWithoutHeader_IsRecognised() =>
        Assert.Equal(2, Parse("00001 19970101 1 11.77", "00002 19970112 5 77.00").OfType<HistoryLine.Accepted>().Count());

    [Fact]
    public void Parse_WithCommas_ReadsBothFormsOfDates()
    {
        var lines = Parse("\"id\",\"date\",\"cds\",\"dollars\"", "00001,19970101,1,11.77", "2,1997-01-12,5,77.00", "3 19970112 5 77.00", "00004,19970230,1,1.00");

        Assert.Equal(["cdnow:1:19970101:1:1177", "cdnow:2:19970112:5:7700"], lines.OfType<HistoryLine.Accepted>().Select(line => $"{line.Source}:{line.Identity}"));
        Assert.Equal([4, 5], lines.OfType<HistoryLine.Rejected>().Select(line => line.Number));
    }

    [Fact]
    public void Parse_ZeroDollars_IsRejectedAndStillNamesTheUser()
    {
        var line = Assert.IsType<HistoryLine.Rejected>(Parse("00004 0001 19970101 2 0.00").Single());

        Assert.Equal("1", line.User?.Id);
        Assert.Contains("$0.00", line.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("00004 0001 19970230 2 29.33", "no date")]
    [InlineData("00004 0001 1997-01-01 2 29.33", "no date")]
    [InlineData("00004 0001 19690101 2 29.33", "before 1970")]
    [InlineData("00004 0001 20270101 2 29.33", "in the future")]
    [InlineData("00004 0001 19970101 2", "expected 5")]
    [InlineData("00004 0001 19970101 2 29.33 7", "expected 5")]
    [InlineData("x", "expected 5")]
    [InlineData("00004 A001 19970101 2 29.33", "customer 'A001' is not a number")]
    [InlineData("00004 0001 19970101 two 29.33", "CDs 'two' is not a number")]
    [InlineData("00004 0001 19970101 2 -29.33", "negative")]
    [InlineData("00004 0001 19970101 2 --29.33", "not a number")]
    [InlineData("00004 0001 19970101 2 $29.33", "not a number")]
    [InlineData("00004 0001 19970101 2 29,33", "not a number")]
    [InlineData("00004 0001 19970101 2 1e9", "not a number")]
    [InlineData("00004 0001 19970101 2 .", "not a number")]
    [InlineData("00004 0001 19970101 2 29.", "not a number")]
    [InlineData("00004 0001 19970101 2 29.333", "fractions of a cent")]
    [InlineData("00004 0001 19970101 2 10000000000.01", "too large")]
    [InlineData("00004 0001 19970101 2 99999999999999999999999999999999", "too large")]
    [InlineData("00004 0001 19970101 2 29.3300000000000000000000000000000001", "fractions of a cent")]
    public void Parse_BadLine_IsRejectedWithItsReasonAndTheNextLineIsRead(string bad, string reason)
    {
        var lines = Parse("00004 0001 19970101 2 29.33", bad, "00004 0001 19970118 2 29.73");

        var rejected = Assert.IsType<HistoryLine.Rejected>(lines[1]);
        Assert.Equal(2, rejected.Number);
        Assert.Contains(reason, rejected.Reason, StringComparison.Ordinal);
        Assert.IsType<HistoryLine.Accepted>(lines[2]);
    }

    [Theory]
    [InlineData("29.33", 2933)]
    [InlineData("0.01", 1)]
    [InlineData(".5", 50)]
    [InlineData("7", 700)]
    [InlineData("29.3300", 2933)]
    [InlineData("0010.10", 1010)]
    [InlineData("10000000000.00", 1_000_000_000_000)]
    public void Parse_Amount_IsExact(string dollars, long coins) =>
        Assert.Equal(coins, Assert.IsType<HistoryLine.Accepted>(Parse($"4 1 19970101 2 {dollars}").Single()).Postings[0].Amount.Value);

    [Fact]
    public void Parse_FirstLineBroken_DoesNotMisleadTheDetection()
    {
        var lines = Parse("00004 0001 19970101 2", "00004 0001 19970118 2 29.73");

        Assert.IsType<HistoryLine.Rejected>(lines[0]);
        Assert.IsType<HistoryLine.Accepted>(lines[1]);
    }

    [Fact]
    public async Task Parse_WholeSample_HasThePublishedFigures()
    {
        var parser = new CdnowParser(Latest);
        await using var file = File.OpenRead(SamplePath);
        var reader = new LineReader(file, 4096);
        var lines = new List<HistoryLine>();
        while (await reader.ReadAsync(CancellationToken.None) is { } raw)
        {
            lines.Add(parser.Parse(raw));
        }

        var accepted = lines.OfType<HistoryLine.Accepted>().ToList();
        var rejected = lines.OfType<HistoryLine.Rejected>().ToList();
        Assert.Equal((6_919, 6_911, 8), (lines.Count, accepted.Count, rejected.Count));
        Assert.All(rejected, line => Assert.Contains("$0.00", line.Reason, StringComparison.Ordinal));
        Assert.Equal(2_349, accepted.Select(line => line.User.Id).Distinct().Count());
        Assert.Equal(2_357, accepted.Select(line => line.User.Id).Concat(rejected.Select(line => line.User!.Id)).Distinct().Count());
        Assert.Equal(24_409_194, accepted.Sum(line => line.Postings[1].Amount.Value));
        Assert.Equal(655_270, accepted.Where(line => line.User.Id == "1901").Sum(line => line.Postings[1].Amount.Value));
    }

    internal static string SamplePath => Path.Combine(AppContext.BaseDirectory, "Data", "cdnow_sample.txt");

    private static List<HistoryLine> Parse(params string[] lines)
    {
        var parser = new CdnowParser(Latest);
        return [.. lines.Select((line, index) => parser.Parse(new RawLine(index + 1, line, null)))];
    }
}
