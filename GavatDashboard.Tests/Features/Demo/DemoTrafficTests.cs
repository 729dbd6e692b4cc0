using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Demo;
using GavatDashboard.Tests.App;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Demo;

public sealed class DemoTrafficTests(DemoTrafficTests.DemoApp app) : IClassFixture<DemoTrafficTests.DemoApp>
{
    [Fact]
    public async Task Demo_OnAnEmptyLedger_MakesMarkedUsersWithPurchasesAndTraffic()
    {
        var ledger = app.Services.GetRequiredService<ILedgerStores>().Current;
        IReadOnlyList<Entry> entries = [];

        for (var i = 0; i < 300 && !entries.Any(entry => entry.Type != EntryType.EarnPurchase); i++)
        {
            await Task.Delay(100);
            entries = await ledger.ListEntriesAsync(new EntryQuery { Limit = 1_000 }, CancellationToken.None);
        }

        Assert.Contains(entries, entry => entry.Type != EntryType.EarnPurchase);
        Assert.True(app.Services.GetRequiredService<IDemoStatus>().HasCommunity);
        Assert.All(entries, entry => Assert.Equal(("system:demo", true), (entry.Actor, entry.UserId.StartsWith("demo-", StringComparison.Ordinal))));
    }

    public sealed class DemoApp : AppFixture
    {
        protected override Task ChangeSettingsAsync(IDictionary<string, string> settings)
        {
            settings["Demo:Enabled"] = "true";
            return Task.CompletedTask;
        }
    }
}
