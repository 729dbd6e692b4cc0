using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Analysis;

namespace GavatDashboard.Tests.Stores.Analysis;

/// <summary>The months of many users are read at once and handed over in pieces; it runs against PostgreSQL and SQLite alike.</summary>
public abstract class MonthSourceContract(LedgerUnderTest under)
{
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];

    [Fact]
    public async Task ReadMonthsAsync_OfSeveralUsers_HandsOverEachOnceWithAllOfTheMonthAndNothingOlder()
    {
        var (busy, back, idle, other) = (await NewUserAsync("busy"), await NewUserAsync("back"), await NewUserAsync("idle"), await NewUserAsync("other"));
        await DoAsync(back, "earn_purchase", 500);
        var old = (await DoAsync(back, "spend_content", 40)).Posted().Entry;
        await DoAsync(idle, "earn_purchase", 5);
        under.Clock.Now = under.Clock.Now.AddDays(50);
        var from = under.Clock.Now.AddDays(-30);
        var posted = new List<Entry>();
        for (var i = 0; i < 3; i++)
        {
            posted.Add((await DoAsync(busy, "earn_purchase", 1_000 + i)).Posted().Entry);
            under.Clock.Now = under.Clock.Now.AddMinutes(1);
        }

        var undone = (await DoAsync(busy, "spend_content", 7)).Posted().Entry;
        posted.AddRange([undone, (await under.DoAsync(Operations.Reverse(undone))).Posted().Entry]);
        Assert.IsType<OperationResult.Refused>(await DoAsync(busy, "spend_content", 600));
        var reversal = (await under.DoAsync(Operations.Reverse(old))).Posted().Entry;
        await DoAsync(other, "earn_purchase", 1);

        var pieces = new List<IReadOnlyList<UserMonth>>();
        await Source(pieceEntries: 1).ReadMonthsAsync([busy, back, idle, other, "nobody"], from, under.Clock.Now, pieces.Add, CancellationToken.None);

        var months = pieces.SelectMany(piece => piece).ToDictionary(month => month.History.User.Id, StringComparer.Ordinal);
        Assert.Equal(new[] { busy, back, idle, other }.Order(StringComparer.Ordinal), months.Keys.Order(StringComparer.Ordinal));
        Assert.All(pieces, piece => Assert.True(piece.Count(month => month.Entries.Count > 0) <= 1));
        Assert.Equal(posted.Select(entry => entry.Id), months[busy].Entries.Select(entry => entry.Id));
        Assert.Equal(posted[0].RequestHash, months[busy].Entries[0].RequestHash);
        Assert.Equal((Refusal.DailyLimit, 600L), (Assert.Single(months[busy].Refusals).Refusal!.Code, months[busy].Refusals[0].Refusal!.NamedAmount));
        Assert.Equal(undone.Id, Assert.Single(months[busy].Originals).Key);
        Assert.Null(months[busy].LastPurchaseBefore);
        Assert.Equal([reversal.Id], months[back].Entries.Select(entry => entry.Id));
        Assert.Equal(old.Id, Assert.Single(months[back].Originals).Value.Id);

        // What was undone since was no purchase.
        Assert.Null(months[back].LastPurchaseBefore);
        Assert.Empty(months[idle].Entries);
        Assert.Equal(5, months[idle].History.Account.Balance.Value);
    }

    [Fact]
    public async Task ReadMonthsAsync_OfWhoeverBoughtBefore_TellsTheLastDayOfThat()
    {
        var user = await NewUserAsync("buyer");
        await DoAsync(user, "earn_purchase", 500);
        await DoAsync(user, "spend_content", 40);
        under.Clock.Now = under.Clock.Now.AddDays(9);
        await DoAsync(user, "spend_content", 40);
        var last = DateOnly.FromDateTime(under.Clock.Now.UtcDateTime);
        under.Clock.Now = under.Clock.Now.AddDays(140);
        await DoAsync(user, "spend_content", 40);

        var months = new List<UserMonth>();
        await Source().ReadMonthsAsync([user], under.Clock.Now.AddDays(-30), under.Clock.Now, months.AddRange, CancellationToken.None);

        Assert.Equal((1, last), (Assert.Single(months).Entries.Count, months[0].LastPurchaseBefore));
    }

    private SqlMonthSource Source(int pieceEntries = 10_000) => new(new AnalysisDatabases(under.Analysis, under.Analysis, new OneLedger(under.Ledger)), pieceEntries);

    private Task<OperationResult> DoAsync(string user, string type, long amount) => under.DoAsync(Operations.Post(user, type, amount));

    private async Task<string> NewUserAsync(string name)
    {
        var id = $"{name}-{_run}";
        await under.CreateUserAsync(id);
        return id;
    }
}

public sealed class PostgresMonthSourceTests(PostgresUnderTest under) : MonthSourceContract(under), IClassFixture<PostgresUnderTest>;

public sealed class SqliteMonthSourceTests(SqliteUnderTest under) : MonthSourceContract(under), IClassFixture<SqliteUnderTest>;
