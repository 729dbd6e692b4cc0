using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Stores;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Servers;
using GavatDashboard.Tests.Stores.Redis;
using Microsoft.Extensions.DependencyInjection;
using Serilog.Core;
using Serilog.Events;
using Serilog.Filters;
using static Microsoft.Playwright.Assertions;

namespace GavatDashboard.Tests.Journeys;

/// <summary>MongoDB or Redis is killed under the analyzer: its answers and pages need neither, and both hear afterwards of what they missed.</summary>
public sealed class CopiesOutageJourneyTests(CopiesOutageJourneyTests.CopiesApp app) : IClassFixture<CopiesOutageJourneyTests.CopiesApp>
{
    [Fact]
    public async Task Analysis_WhileMongoIsGone_AnswersAsBeforeAndMongoCatchesUp()
    {
        var before = await AnalyseAndLookAsync();
        await UntilCopiedAsync(before);

        await app.Mongo.KillAsync();
        var during = await AnalyseAndLookAsync();
        await Eventually.IsTrueAsync(() => app.Said.Any(said => said.StartsWith("The upkeep of the analyzer waits", StringComparison.Ordinal)), "the log tells that MongoDB hears nothing");
        await LookAsync(during);

        await app.Mongo.RestartAsync();
        await UntilCopiedAsync(during);

        // The development server comes back empty: what it held before is told again.
        await UntilCopiedAsync(before);
        await Eventually.IsTrueAsync(() => app.Said.Any(said => said.StartsWith("The upkeep of the analyzer goes on", StringComparison.Ordinal)), "the log tells that MongoDB hears again");
        Assert.Equal(2, app.Said.Count);
    }

    [Fact]
    public async Task Analysis_WhileRedisIsGone_AnswersAsBefore()
    {
        await AnalyseAndLookAsync();

        await app.Redis.KillAsync();
        await AnalyseAndLookAsync();

        await app.Redis.RestartAsync();
        await AnalyseAndLookAsync();
    }

    /// <summary>Finds a ring of two, asks all that the analyzer answers, and looks at its pages.</summary>
    /// <returns>One of the ring.</returns>
    private async Task<string> AnalyseAndLookAsync()
    {
        using var client = app.CreateClient();
        var api = new ApiCaller(client);
        string[] ring = [await api.CreateUserAsync(), await api.CreateUserAsync()];
        foreach (var (user, other) in new[] { (ring[0], ring[1]), (ring[1], ring[0]) })
        {
            Assert.Equal(HttpStatusCode.OK, (await api.PostAsync($"/coins/{user}/earn", $$"""{"type":"earn_referral","relatedUserId":"{{other}}"}""")).Status);
        }

        var profile = await api.GetAsync($"/users/{ring[0]}/profile?refresh=true");
        Assert.Equal((HttpStatusCode.OK, "high"), (profile.Status, profile.TextOf("riskLevel")));
        Assert.Equal(HttpStatusCode.OK, (await api.GetAsync($"/users/{ring[0]}/profile")).Status);
        Assert.Equal(HttpStatusCode.OK, (await api.GetAsync("/segments")).Status);
        Assert.Contains((await api.GetAsync("/risk/high")).Json.GetProperty("items").EnumerateArray(), item => item.GetProperty("userId").GetString() == ring[0]);
        await AnalyseEverybodyAsync();
        await LookAsync(ring[0]);
        return ring[0];
    }

    private async Task AnalyseEverybodyAsync()
    {
        var batches = app.Services.GetRequiredService<AnalysisBatches>();
        await Eventually.IsTrueAsync(() => batches.TryStart(BatchKind.Full, "tests"), "a batch begins, that of the upkeep being over");
        await batches.Ended;
        Assert.Equal((WorkState.Done, BatchState.Done), (batches.Status.State, batches.Status.Result!.State));
    }

    private async Task LookAsync(string user)
    {
        await using var tab = await app.OpenSignedInAsync();
        await tab.GoToAsync("/segments");
        await Expect(tab.Page.Locator("[data-distribution]")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator($"[data-high-risk] [data-user={user}]")).ToBeVisibleAsync();

        await tab.GoToAsync($"/users/{user}");
        await Expect(tab.Page.Locator("[data-figure=risk]")).ToHaveTextAsync("High");
        await Expect(tab.Page.Locator("[data-flag=referral-ring]")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator("[aria-busy=true]")).ToHaveCountAsync(0);
        Assert.Empty(tab.Complaints);
    }

    private async Task UntilCopiedAsync(string user)
    {
        var documents = app.Services.GetRequiredService<IDocumentStore>();
        await Eventually.IsTrueAsync(
            async () =>
            {
                try
                {
                    return await documents.FindProfileAsync(user, CancellationToken.None) is not null;
                }
                catch (StoreUnavailableException)
                {
                    return false; // a connection of before the restart: asked again until the time is up
                }
            },
            $"MongoDB holds the profile of {user}");
    }

    /// <summary>The application with servers of its own for the copies.</summary>
    public sealed class CopiesApp : BrowserFixture
    {
        /// <summary>What the upkeep of the analyzer said of stores.</summary>
        public ConcurrentQueue<string> Said { get; } = new();

        /// <summary>Its MongoDB.</summary>
        public MongoServer Mongo { get; private set; } = null!;

        /// <summary>Its Redis.</summary>
        public RedisServer Redis { get; private set; } = null!;

        /// <inheritdoc />
        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            await Mongo.DisposeAsync();
            await Redis.DisposeAsync();
        }

        /// <inheritdoc />
        protected override async Task ChangeSettingsAsync(IDictionary<string, string> settings)
        {
            (Mongo, Redis) = (await MongoServer.StartAsync(), await RedisServer.StartAsync());
            settings["Stores:Mode"] = "external";
            settings["ConnectionStrings:MongoDb"] = Mongo.ConnectionString;
            settings["ConnectionStrings:Redis"] = Redis.ConnectionString;
            settings["Serilog:MinimumLevel:Override:GavatDashboard.Features.Analysis"] = "Information";
        }

        /// <inheritdoc />
        protected override void ChangeServices(IServiceCollection services) => services.AddSingleton<ILogEventSink>(new UpkeepListener(Said));

        private sealed class UpkeepListener(ConcurrentQueue<string> said) : ILogEventSink
        {
            private static readonly Func<LogEvent, bool> IsUpkeep = Matching.FromSource("GavatDashboard.Features.Analysis.AnalysisUpkeep");

            public void Emit(LogEvent logEvent)
            {
                if (IsUpkeep(logEvent) && logEvent.MessageTemplate.Text.Contains("{Step}", StringComparison.Ordinal))
                {
                    said.Enqueue(logEvent.RenderMessage(CultureInfo.InvariantCulture));
                }
            }
        }
    }
}
