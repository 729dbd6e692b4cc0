using System.Text.Json;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GavatDashboard.Tests.Journeys;

/// <summary>Every page as axe-core sees it, in light and dark, on a desktop and on a phone: nothing that keeps somebody out.</summary>
[Collection(BrowserGroup.Name)]
public sealed class AccessibilityJourneyTests(BrowserFixture app)
{
    private const string Axe = "wwwroot-assets/node_modules/axe-core/axe.min.js";
    private const string Look =
        """
        async () => {
          const { violations } = await axe.run(document, { resultTypes: ['violations'] });
          return JSON.stringify(violations
            .filter(violation => ['serious', 'critical'].includes(violation.impact))
            .flatMap(violation => violation.nodes.map(node => `${violation.id}: ${node.target.join(' ')} | ${node.failureSummary}`)));
        }
        """;

    private static readonly string[] Pages =
    [
        "/", "/components/postgresql", "/components/auto-recovery", "/incidents", "/users", "/ledger", "/ledger/reconciliation", "/segments", "/leaderboard",
        "/admin/failover", "/admin/policies", "/admin/import", "/admin/webhooks", "/admin/accounts", "/admin/keys", "/admin/audit", "/nowhere",
    ];

    [Theory]
    [InlineData(false, ColorScheme.Light)]
    [InlineData(false, ColorScheme.Dark)]
    [InlineData(true, ColorScheme.Light)]
    [InlineData(true, ColorScheme.Dark)]
    public async Task EveryPage_HasNoSeriousViolation(bool isPhone, ColorScheme scheme)
    {
        using var client = app.CreateClient();
        var user = await new ApiCaller(client).CreateRichUserAsync(1_234);
        var subject = IncidentSubjects.OfReconciliation($"ledger-{Guid.NewGuid():N}");
        var desk = app.Services.GetRequiredService<IIncidentDesk>();
        desk.Report(subject, ComponentStatus.Unhealthy, "two sums differ");
        var incident = app.Services.GetRequiredService<IHealthFeed>().Current.OpenIncidents.Single(one => one.ComponentId == subject).Id;
        await using var tab = await app.OpenAsync(isPhone, scheme);
        await tab.Page.GotoAsync("/login");
        List<string> found = [.. await LookAsync(tab, "/login")];
        await tab.SignInAsync();
        await tab.Page.GotoAsync("/account/password");
        found.AddRange(await LookAsync(tab, "/account/password"));

        foreach (var path in (string[])[.. Pages, $"/users/{user}", $"/incidents/{incident}"])
        {
            await tab.GoToAsync(path);
            await Expect(tab.Page.Locator("h1").First).ToBeVisibleAsync();
            await Expect(tab.Page.Locator("[aria-busy=true]")).ToHaveCountAsync(0);
            found.AddRange(await LookAsync(tab, path));
        }

        desk.Report(subject, ComponentStatus.Healthy, "everything agrees");
        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    private static async Task<IEnumerable<string>> LookAsync(BrowserTab tab, string path)
    {
        await tab.Page.EvaluateAsync(await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, Axe)));
        var found = await tab.Page.EvaluateAsync<string>(Look);
        return JsonSerializer.Deserialize<string[]>(found)!.Select(one => $"{path}: {one}");
    }
}
