using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Analysis;
using GavatDashboard.Tests.Analysis;

namespace GavatDashboard.Tests.Stores.Analysis;

/// <summary>What the analyzer asks of a store; it runs against PostgreSQL and SQLite alike.</summary>
public abstract class AnalysisStoreContract(LedgerUnderTest under)
{
    private static readonly UserAnalyzer Analyzer = new(RuleSet.Default);

    private AnalysisDatabases Databases => new(under.Analysis, under.Analysis, new OneLedger(under.Ledger));

    private SqlProfileStore Profiles => new(Databases, under.Clock);

    private SqlAnalysisRecords Records => new(Databases, under.Clock);

    private SqlHistorySource Histories => new(Databases);

    [Fact]
    public async Task LoadAsync_OfSeveralUsers_ReadsAllThatTheLedgerKnows()
    {
        var (ada, bob) = (await NewUserAsync("ada"), await NewUserAsync("bob"));
        await DoAsync(ada, "earn_purchase", 5_000);
        await DoAsync(ada, "spend_content", 30);
        var reversed = (await DoAsync(ada, "spend_content", 70)).Posted().Entry;
        await under.DoAsync(Operations.Reverse(reversed));
        await under.DoAsync(Operations.Post(ada, "spend_special", 9_999));
        await under.DoAsync(Operations.Post(ada, "earn_referral") with { RelatedUserId = bob });
        await under.DoAsync(new RecordActivity { IdempotencyKey = Guid.NewGuid().ToString("N"), Actor = "test", UserId = bob, Kind = "login", Metadata = """{"device":"phone-7"}""" });

        var batch = await Histories.LoadAsync([ada, bob, "nobody"], under.Clock.Now.AddHours(1), CancellationToken.None);

        Assert.Equal([ada, bob], batch.Histories.Select(history => history.User.Id).Order());
        var (one, two) = (batch.Histories.Single(history => history.User.Id == ada), batch.Histories.Single(history => history.User.Id == bob));
        Assert.Equal(5, one.Entries.Count);
        Assert.Contains(one.Entries, entry => entry.ReversalOf == reversed.Id);
        var today = DateOnly.FromDateTime(under.Clock.Now.UtcDateTime);
        Assert.Equal(new PurchaseHistory(today, today, 1, 30), one.Purchases);
        Assert.Contains(one.Refusals, refusal => refusal.Code is Refusal.DailyLimit or Refusal.InsufficientFunds);
        Assert.Equal((bob, 0), (Assert.Single(one.Referred).UserId, one.Referred[0].OtherReferrers));
        Assert.Equal([ada], two.ReferredBy);
        Assert.Null(two.Purchases);
        Assert.Equal(("phone-7", bob), (Assert.Single(batch.Devices).Device, batch.Devices[0].UserId));
    }

    [Fact]
    public async Task LoadAsync_OfARing_FindsTheCircleFromEachOfItsUsers()
    {
        string[] ring = [await NewUserAsync("r1"), await NewUserAsync("r2"), await NewUserAsync("r3"), await NewUserAsync("r4")];
        for (var i = 0; i < 4; i++)
        {
            await under.DoAsync(Operations.Post(ring[i], "earn_referral") with { RelatedUserId = ring[(i + 1) % 4] });
        }

        // Alone or with the others, the same is found.
        foreach (var asked in new string[][] { [ring[2]], ring })
        {
            var batch = await Histories.LoadAsync(asked, under.Clock.Now, CancellationToken.None);
            Assert.All(batch.Histories, history => Assert.Equal(4, history.ReferralCycle.Count));
        }
    }

    [Fact]
    public async Task LoadAsync_OfUsersOfOneDevice_FindsTheOthersAlsoLater()
    {
        var users = new[] { await NewUserAsync("d1"), await NewUserAsync("d2"), await NewUserAsync("d3") };
        var device = $"tablet-{Guid.NewGuid():N}";
        foreach (var user in users)
        {
            await under.DoAsync(new RecordActivity { IdempotencyKey = Guid.NewGuid().ToString("N"), Actor = "test", UserId = user, Kind = "login", Metadata = $$"""{"deviceId":"{{device}}"}""" });
        }

        await SaveAsync(users[..2]);
        var last = (await Histories.LoadAsync([users[2]], under.Clock.Now, CancellationToken.None)).Histories.Single();

        Assert.Equal(users[..2].Order(), Assert.Single(last.SharedDevices).Users);
    }

    [Fact]
    public async Task SaveAsync_OfProfiles_KeepsThemAndWhatChanged()
    {
        var user = await NewUserAsync("saved");
        var first = new HistoryBuilder().Act(1).Analyze() with { UserId = user };
        var risky = new HistoryBuilder().Act(1).InCycle("x", "y").Spend(1, 3_000).Analyze() with { UserId = user, AnalysedAt = first.AnalysedAt.AddHours(1) };

        var changes = await Profiles.SaveAsync([first], [], CancellationToken.None);
        Assert.Equal((null, "regular"), (Assert.Single(changes).From, changes[0].To));
        changes = await Profiles.SaveAsync([risky], [], CancellationToken.None);
        Assert.Equal([("regular", "whale"), ("low", "high")], changes.Select(change => (change.From, change.To)));
        Assert.Empty(await Profiles.SaveAsync([first], [], CancellationToken.None));

        var kept = await Profiles.FindAsync(user, CancellationToken.None);
        Assert.Equal((Segment.Whale, RiskLevel.High, "referral-cycle"), (kept!.Segment, kept.RiskLevel, kept.RedFlags.Single().Rule));
        Assert.Equal(["x", "y"], kept.RedFlags[0].Findings[0].Users);
        Assert.Equal(3, (await Profiles.ListChangesAsync(user, 10, CancellationToken.None)).Count);
        Assert.Contains(await Profiles.ListRiskAsync(RiskLevel.High, 100, CancellationToken.None), profile => profile.UserId == user);
        Assert.Contains(await Profiles.ListSegmentAsync(Segment.Whale, string.Empty, 100, CancellationToken.None), profile => profile.UserId == user);
        Assert.Contains(await Profiles.CountAsync(CancellationToken.None), count => count is { Segment: Segment.Whale, RiskLevel: RiskLevel.High, Users: >= 1 });
        Assert.Equal([user], (await Profiles.ReadNamesAsync([user, "nobody"], CancellationToken.None)).Keys);

        var moves = await Profiles.ReadMovesAsync(first.AnalysedAt.AddMinutes(1), first.AnalysedAt.AddHours(2), CancellationToken.None);
        Assert.Contains(moves, move => move is { From: Segment.Regular, To: Segment.Whale });
    }

    [Fact]
    public async Task SaveAsync_OfARisingRisk_OpensOneAlert()
    {
        var user = await NewUserAsync("alerted");
        var risky = new HistoryBuilder().Act(1).InCycle("x", "y").Analyze() with { UserId = user };
        await Profiles.SaveAsync([risky], [], CancellationToken.None);
        await Profiles.SaveAsync([risky with { AnalysedAt = risky.AnalysedAt.AddMinutes(1) }], [], CancellationToken.None);

        var alert = Assert.Single(await Records.ListAlertsAsync(AlertState.Open, 1_000, CancellationToken.None), alert => alert.UserId == user);
        Assert.Equal((RiskLevel.High, "referral-cycle"), (alert.RiskLevel, alert.Rules));

        await Records.PutAlertAsync(alert with { State = AlertState.Resolved, Actor = "user:ada", Note = "ok", ChangedAt = alert.ChangedAt.AddMinutes(5) }, CancellationToken.None);
        Assert.Equal((AlertState.Resolved, "ok"), ((await Records.FindAlertAsync(alert.Id, CancellationToken.None))!.State, (await Records.FindAlertAsync(alert.Id, CancellationToken.None))!.Note));
        Assert.DoesNotContain(await Records.ListAlertsAsync(null, 1_000, CancellationToken.None), open => open.UserId == user);
    }

    [Fact]
    public async Task ListDueAsync_AfterABatch_NamesOnlyWhoeverChanged()
    {
        var (still, moved, unseen) = (await NewUserAsync("still"), await NewUserAsync("moved"), await NewUserAsync("unseen"));
        await SaveAsync(still, moved);
        under.Clock.Now = under.Clock.Now.AddMinutes(1);
        await under.DoAsync(Operations.Post(moved, "earn_purchase", 10));

        var query = new DueQuery(BatchKind.Incremental, under.Clock.Now.AddSeconds(1), Analyzer.Version);
        var due = await Histories.ListDueAsync(query, string.Empty, 1_000, CancellationToken.None);

        Assert.Contains(moved, due);
        Assert.Contains(unseen, due);
        Assert.DoesNotContain(still, due);
        Assert.Equal(due.Count, await Histories.CountDueAsync(query, CancellationToken.None));
        Assert.Contains(still, await Histories.ListDueAsync(query with { RuleSetVersion = "other" }, string.Empty, 1_000, CancellationToken.None));
        Assert.Contains(still, await Histories.ListDueAsync(query with { Kind = BatchKind.Full }, string.Empty, 1_000, CancellationToken.None));
    }

    [Fact]
    public async Task ReadPopulationAsync_TellsPurchasesAndComing()
    {
        var user = await NewUserAsync("buyer");
        await DoAsync(user, "earn_purchase", 500);
        await DoAsync(user, "spend_content", 123);

        var data = await Histories.ReadPopulationAsync(under.Clock.Now.AddHours(1), CancellationToken.None);

        Assert.Contains(data.Customers, customer => customer is { All: { Days: 1, Coins: 123 }, Before: null });
        Assert.Contains(data.Rfm, user => user == (0, 1, 123));
    }

    [Fact]
    public async Task Records_AreFoundAgain()
    {
        var now = under.Clock.Now;
        var dismissal = new FlagDismissal("someone", "velocity", "abc", "a known bot", "user:ada", now);
        await Records.PutDismissalAsync(dismissal, CancellationToken.None);
        Assert.True(await Records.RemoveDismissalAsync("someone", "velocity", CancellationToken.None));
        Assert.False(await Records.RemoveDismissalAsync("someone", "velocity", CancellationToken.None));

        await Records.PutFitAsync(Fits.Cdnow, serves: true, CancellationToken.None);
        Assert.Equal(Fits.Cdnow.Buying, (await Records.FindFitAsync(CancellationToken.None))!.Buying);

        await Records.PutRuleSetAsync(new(RuleSet.Default.Version, RuleSetDocument.Of(RuleSet.Default), "first", "user:ada", now), CancellationToken.None);
        Assert.Equal(RuleSet.Default.Version, (await Records.ListRuleSetsAsync(1, CancellationToken.None))[0].Document.Read("x", out _)!.Version);

        var batch = new AnalysisBatch { Id = Guid.NewGuid(), Kind = BatchKind.Full, State = BatchState.Running, Actor = "test", StartedAt = now };
        await Records.PutBatchAsync(batch, CancellationToken.None);
        await Records.PutBatchAsync(batch with { Done = 7, AfterUserId = "m", State = BatchState.Done, EndedAt = now }, CancellationToken.None);
        Assert.Equal((7, "m", BatchState.Done), (await Records.ListBatchesAsync(5, CancellationToken.None)).Where(kept => kept.Id == batch.Id).Select(kept => (kept.Done, kept.AfterUserId, kept.State)).Single());

        await Profiles.NoteDayAsync(new(2026, 3, 1), CancellationToken.None);
        Assert.Equal(8, (await Profiles.ReadDaysAsync(new(2026, 3, 1), CancellationToken.None)).Count);
    }

    private async Task SaveAsync(params string[] users)
    {
        var now = under.Clock.Now;
        var batch = await Histories.LoadAsync(users, now, CancellationToken.None);
        await Profiles.SaveAsync([.. batch.Histories.Select(history => Analyzer.Analyze(history, now))], batch.Devices, CancellationToken.None);
    }

    private async Task<string> NewUserAsync(string name)
    {
        var id = $"{name}-{Guid.NewGuid():N}"[..30];
        await under.CreateUserAsync(id);
        return id;
    }

    private Task<OperationResult> DoAsync(string user, string type, long amount) => under.DoAsync(Operations.Post(user, type, amount));
}

public sealed class PostgresAnalysisStoreTests(PostgresUnderTest under) : AnalysisStoreContract(under), IClassFixture<PostgresUnderTest>;

public sealed class SqliteAnalysisStoreTests(SqliteUnderTest under) : AnalysisStoreContract(under), IClassFixture<SqliteUnderTest>;

/// <summary>One ledger in all places.</summary>
internal sealed class OneLedger(ICoinLedger ledger) : ILedgerStores
{
    public ICoinLedger Primary => ledger;

    public ICoinLedger Fallback => ledger;

    public ICoinLedger Current => ledger;
}
