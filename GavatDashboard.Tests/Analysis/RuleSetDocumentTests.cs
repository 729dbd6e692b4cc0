using GavatDashboard.Domain.Analysis;

namespace GavatDashboard.Tests.Analysis;

public sealed class RuleSetDocumentTests
{
    [Fact]
    public void Read_OfWhatWasWritten_IsTheSameRuleSet()
    {
        var read = RuleSetDocument.Of(RuleSet.Default).Read("Analysis:Rules", out var errors);

        Assert.Empty(errors);
        Assert.Equal(RuleSet.Default.Version, read!.Version);
    }

    [Fact]
    public void Read_OfAnEmptyDocument_IsWhatComesWithTheProgram() =>
        Assert.Equal(RuleSet.Default.Version, new RuleSetDocument().Read("Analysis:Rules", out _)!.Version);

    [Fact]
    public void Read_OfABrokenDocument_SaysAllErrorsAtOnceAndWhereTheyAre()
    {
        var document = RuleSetDocument.Of(RuleSet.Default);
        document.Segments[2].When[0] = "luck >= 3";
        document.Segments[1].Segment = "emperor";
        document.Flags[0].Name = "two words";
        document.HighFrom = 5;

        Assert.Null(document.Read("Analysis:Rules", out var errors));
        Assert.Contains(errors, error => error.StartsWith("Analysis:Rules:Segments:2:When:0: 'luck' is no fact", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith("Analysis:Rules:Segments:1:Segment: 'emperor'", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith("Analysis:Rules:Flags:0:Name", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Contains("ascend", StringComparison.Ordinal));
    }
}
