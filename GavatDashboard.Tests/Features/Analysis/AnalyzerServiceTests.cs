using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using GavatDashboard.Stores;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Features.Health;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Analysis;

public sealed class AnalyzerServiceTests(AppFixture app) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task AllSevenComponents_AfterTheirProbes_AreHealthy()
    {
        var feed = app.Services.GetRequiredService<IHealthFeed>();

        await MonitorHarness.WaitUntilAsync(() => feed.Current.Components.All(component => component.Status == ComponentStatus.Healthy));

        Assert.Contains("canary", feed.Current.Find(ComponentIds.Analyzer)!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entry_OfAUser_LeavesAProfileInTheDocuments()
    {
        using var client = app.CreateClient();
        var userId = await new ApiCaller(client).CreateRichUserAsync(100);
        var documents = app.Services.GetRequiredService<IDocumentStore>();
        ProfileDocument? kept = null;

        for (var i = 0; i < 100 && kept is null; i++)
        {
            await Task.Delay(100);
            kept = await documents.FindProfileAsync(userId, CancellationToken.None);
        }

        Assert.Equal(("newbie", "low"), (kept?.Segment, kept?.RiskLevel));
    }
}
