using Bunit;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Analysis.Models;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Features.Security;
using GavatDashboard.Features.Segments;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;

namespace GavatDashboard.Tests.Ui.Segments;

public sealed class FitPanelTests : ComponentTest
{
    private readonly AnalysisParts _parts;

    public FitPanelTests() => _parts = new AnalysisParts(Context.Services);

    [Fact]
    public void Fit_ThatServes_TellsItsNumbersAndWhatWasNotLearnt()
    {
        _parts.Records.FindFitAsync(Arg.Any<CancellationToken>()).Returns(new PopulationFit { Id = Guid.NewGuid(), FittedAt = Now, Customers = 2_357, Buying = new BgNbd(0.243, 4.414, 0.793, 2.426) });

        var panel = Context.Render<FitPanel>();

        Assert.Contains("r\u00a00.243, α\u00a04.414, a\u00a00.793, b\u00a02.426", panel.Find("[data-buying]").TextContent, StringComparison.Ordinal);
        Assert.Contains("fewer than 50", panel.Find("[data-value]").TextContent, StringComparison.Ordinal);
        Assert.Contains("2,357", panel.Find("dl").TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ConsoleRoles.Admin, 1)]
    [InlineData(ConsoleRoles.Support, 0)]
    public void Learning_ByRole_IsStartedByAdminsAlone(string role, int buttons)
    {
        SignInAs(role);

        Assert.Equal(buttons, Context.Render<FitPanel>().FindAll("button").Count);
    }

    [Fact]
    public async Task Learning_Started_GoesThroughAndIsAudited()
    {
        _parts.Histories.ReadPopulationAsync(Arg.Any<DateTimeOffset>(), Arg.Any<CancellationToken>()).Returns(new PopulationData([], []));
        var panel = Context.Render<FitPanel>();
        Assert.NotEmpty(panel.Find("[data-nothing]").TextContent);

        await panel.Find("button").ClickAsync(new());

        await _parts.Audit.Received(1).AppendAsync("user:ada", "fit.started", "analysis", null, null, Arg.Any<CancellationToken>());
        await Context.Services.GetRequiredService<PopulationFits>().Ended;
        Time.Advance(TimeSpan.FromSeconds(1));
        panel.WaitForElement("[data-fit=Done]");
        await _parts.Records.Received(1).PutFitAsync(Arg.Any<PopulationFit>(), true, Arg.Any<CancellationToken>());
    }
}
