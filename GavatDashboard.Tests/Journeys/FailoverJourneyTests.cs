using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Failover;
using GavatDashboard.Features.Security;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Features.Failover;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GavatDashboard.Tests.Journeys;

/// <summary>An admin lets the primary die, sees coins go on, and gets the proof when it is back.</summary>
public sealed class FailoverJourneyTests(FailoverJourneyTests.QuickFailover app) : IClassFixture<FailoverJourneyTests.QuickFailover>
{
    private const string Password = "journey-Correct7-horse!";

    [Fact]
    public async Task Outage_SimulatedAndEnded_GoesToTheFallbackAndBackWithAProof()
    {
        using var client = app.CreateClient();
        var api = new ApiCaller(client);
        var user = await api.CreateRichUserAsync(100);
        await using var tab = await app.OpenSignedInAsync();
        await tab.GoToAsync("/admin/failover");
        await Expect(State(tab, "Primary")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator("[data-figure=mirror]")).ToContainTextAsync("following");

        await OrderAsync(tab, "SimulateOutage", "OUTAGE");
        await Expect(State(tab, "Fallback")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator("[data-banner]")).ToContainTextAsync("SQLite has its place. Earning and spending work.");
        var earned = await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_task"}""", "journey-" + user);
        Assert.Equal((System.Net.HttpStatusCode.OK, 105), (earned.Status, earned.NumberOf("balanceAfter")));
        await Expect(tab.Page.Locator("[data-figure=backlog] .figure-value")).Not.ToHaveTextAsync("0");
        await using (var other = await app.OpenSignedInAsync(isPhone: true))
        {
            await other.GoToAsync("/leaderboard");
            await Expect(other.Page.Locator("[data-banner]")).ToContainTextAsync("Earning and spending work.");
            Assert.Equal(0, await other.ReadOverflowAsync());
        }

        await OrderAsync(tab, "EndOutage", null);
        await Expect(State(tab, "Primary")).ToBeVisibleAsync(new LocatorAssertionsToBeVisibleOptions { Timeout = 60_000 });
        await Expect(tab.Page.Locator("[data-banner]")).ToHaveCountAsync(0);
        var proof = tab.Page.Locator("[data-proof=Recover]").First;
        await Expect(proof).ToContainTextAsync("clean");
        await proof.GetByRole(AriaRole.Button).ClickAsync();
        var download = await tab.Page.RunAndWaitForDownloadAsync(() => tab.Page.GetByText("Export as JSON").ClickAsync());
        var text = await File.ReadAllTextAsync(await download.PathAsync());
        Assert.Contains("\"lost\": 0", text, StringComparison.Ordinal);
        Assert.Contains("\"isClean\": true", text, StringComparison.Ordinal);
        Assert.Equal(105, (await api.GetAsync($"/coins/{user}/stats")).NumberOf("balance"));
        Assert.Empty(tab.Complaints);
    }

    [Theory]
    [InlineData("On the canary account", "The fallback could take over; nothing was moved.")]
    [InlineData("In full", "All writes moved to the fallback and back.")]
    public async Task Drill_OrderedOnThePage_EndsWithACleanProof(string scope, string outcome)
    {
        await using var tab = await app.OpenSignedInAsync();
        await tab.GoToAsync("/admin/failover");
        await Expect(State(tab, "Primary")).ToBeVisibleAsync();
        await tab.Page.Locator("[data-action=Drill] button").ClickAsync();
        await tab.Page.Locator(".tabs button", new PageLocatorOptions { HasText = scope }).ClickAsync();
        await tab.Page.Locator("input[name=reason]").FillAsync("a journey");
        await tab.Page.Locator("input[name=typed]").FillAsync("DRILL");
        var began = DateTimeOffset.UtcNow;
        await tab.Page.Locator(".order-buttons button").First.DblClickAsync();
        await Expect(tab.Page.Locator("[data-done]")).ToBeVisibleAsync();

        var control = app.Services.GetRequiredService<IFailoverControl>();
        FailoverProof[] drills = [];
        await FailoverApp.UntilAsync(
            () => (drills = [.. control.Current.Proofs.Where(proof => proof.Action == FailoverAction.Drill && proof.StartedAt >= began)]).Length > 0, () => control.Current.ToString());
        Assert.Equal((outcome, true, 0L), (drills.Single().Outcome, drills.Single().IsClean, drills.Single().Lost));
        await Expect(tab.Page.Locator("[data-proof=Drill]").First).ToContainTextAsync("clean");
        await Expect(State(tab, "Primary")).ToBeVisibleAsync();
        Assert.Empty(tab.Complaints);
    }

    [Theory]
    [InlineData(ConsoleRoles.Operator)]
    [InlineData(ConsoleRoles.Support)]
    public async Task Page_ForOthersThanAdmins_IsRefusedAndSoIsTheExport(string role)
    {
        await app.AddUserAsync($"failover-{role}", role, Password);
        using var client = await app.SignInAsync($"failover-{role}", Password);

        foreach (var path in (string[])["/admin/failover", $"/admin/failover/proofs/{Guid.NewGuid()}.json"])
        {
            using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal((System.Net.HttpStatusCode.Found, true), (answer.StatusCode, answer.Headers.Location!.OriginalString.Contains("/access-denied", StringComparison.Ordinal)));
        }
    }

    private static ILocator State(BrowserTab tab, string state) => tab.Page.Locator($"[data-state={state}]");

    private static async Task OrderAsync(BrowserTab tab, string action, string? word)
    {
        await tab.Page.Locator($"[data-action={action}] button").ClickAsync();
        await tab.Page.Locator("input[name=reason]").FillAsync("a journey");
        if (word is not null)
        {
            await tab.Page.Locator("input[name=typed]").FillAsync(word);
        }

        // Pressed twice, it happens once.
        await tab.Page.Locator(".order-buttons button").First.DblClickAsync();
        await Expect(tab.Page.Locator("[data-done]")).ToBeVisibleAsync();
    }

    public sealed class QuickFailover : BrowserFixture
    {
        protected override Task ChangeSettingsAsync(IDictionary<string, string> settings)
        {
            settings["Failover:GoodSeconds"] = "1";
            settings["Failover:FallbackTickSeconds"] = "0.5";
            settings["Failover:MinimumStaySeconds"] = "2";
            return Task.CompletedTask;
        }
    }
}
