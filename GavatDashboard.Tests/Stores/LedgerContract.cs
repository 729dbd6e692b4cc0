using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Tests.Stores;

/// <summary>What every ledger does, whatever it is kept in.</summary>
public abstract class LedgerContract
{
    private readonly LedgerUnderTest under;

    protected LedgerContract(LedgerUnderTest under)
    {
        this.under = under;
        under.Clock.Now = LedgerUnderTest.Noon;
    }

    private ICoinLedger Ledger => under.Ledger;

    private static string NewUserId() => $"u{Guid.NewGuid():N}"[..16];

    private async Task<string> UserAsync(long coins = 0, UserType type = UserType.Member)
    {
        var id = NewUserId();
        await under.CreateUserAsync(id, type);
        if (coins > 0)
        {
            (await under.DoAsync(Operations.Post(id, "earn_admin", coins))).Posted();
        }

        return id;
    }

    [Fact]
    public async Task Earn_AtThePrice_MovesBalanceTotalsAndTier()
    {
        var id = await UserAsync();

        var posted = (await under.DoAsync(Operations.Post(id, "earn_referral"))).Posted();

        Assert.Equal(20, posted.Entry.Amount.Value);
        Assert.Equal(20, posted.Entry.BalanceAfter.Value);
        Assert.Equal(SystemAccounts.Earn, posted.Entry.ContraAccount);
        var account = await Ledger.FindAccountAsync(id, CancellationToken.None);
        Assert.Equal(posted.Account, account);
        Assert.Equal((20, 20, 0), (account!.Balance.Value, account.Earned.Value, account.Spent.Value));
        var usage = await Ledger.ReadUsageAsync(id, new DateOnly(2026, 3, 14), CancellationToken.None);
        Assert.Equal((20, 0, 0), (usage.Earned.Value, usage.Spent.Value, usage.Messages));
    }

    [Fact]
    public async Task Entry_ReadBack_EqualsWhatWasAnswered()
    {
        var id = await UserAsync(100);
        var operation = Operations.Post(id, "spend_special") with
        {
            Description = "İstek: \"şarkı\" ' ; -- 🎵",
            RelatedUserId = "creator.1",
            Metadata = """{"b":1,"a":[1,2,{"x":"ü"}]}""",
        };

        var posted = (await under.DoAsync(operation)).Posted();
        var read = await Ledger.FindEntryAsync(posted.Entry.Id, CancellationToken.None);

        Assert.Equivalent(posted.Entry, read, strict: true);
        Assert.Equal(posted.Entry.ChainHash, (await Ledger.ReadHeadAsync(CancellationToken.None)).ChainHash);
    }

    [Fact]
    public async Task Spend_MoreThanTheBalance_IsRefusedAndChangesNothing()
    {
        var id = await UserAsync(49);
        var before = await SnapshotAsync(id);

        var refusal = (await under.DoAsync(Operations.Post(id, "spend_special"))).Refused();

        Assert.Equal(Refusal.InsufficientFunds, refusal.Code);
        Assert.Equal((49, 50), (refusal.Balance, refusal.Required));
        Assert.Equal(before, await SnapshotAsync(id));
    }

    [Theory]
    [InlineData("earn_bonus", 101, "earn", 100)]
    [InlineData("spend_content", 501, "spend", 500)]
    public async Task Limit_PassedByOne_IsRefusedWithUseAndReset(string type, long amount, string limit, long allowed)
    {
        var id = await UserAsync(1_000);
        (await under.DoAsync(Operations.Post(id, type, 1))).Posted();
        var before = await SnapshotAsync(id);

        var refusal = (await under.DoAsync(Operations.Post(id, type, amount - 1))).Refused();

        Assert.Equal((Refusal.DailyLimit, limit, allowed, 1L), (refusal.Code, refusal.Limit, refusal.Allowed, refusal.Used));
        Assert.Equal(new DateTimeOffset(2026, 3, 15, 0, 0, 0, TimeSpan.Zero), refusal.ResetsAt);
        Assert.Equal(before, await SnapshotAsync(id));
        (await under.DoAsync(Operations.Post(id, type, amount - 2))).Posted();
    }

    [Fact]
    public async Task Limit_OfMessages_CountsMessagesOfBothKindsAndStartsAnewAtMidnight()
    {
        var id = await UserAsync(1_000);
        for (var i = 0; i < 10; i++)
        {
            (await under.DoAsync(Operations.Post(id, "spend_message"))).Posted();
            (await under.DoAsync(Operations.Post(id, "earn_message"))).Posted();
        }

        Assert.Equal("messages", (await under.DoAsync(Operations.Post(id, "spend_message"))).Refused().Limit);
        under.Clock.Now += TimeSpan.FromHours(12);
        (await under.DoAsync(Operations.Post(id, "spend_message"))).Posted();
    }

    [Fact]
    public async Task Limits_LeaveAdminPurchaseAndImportAlone()
    {
        var id = await UserAsync(10_000);
        (await under.DoAsync(Operations.Post(id, "earn_purchase", 10_000))).Posted();
        (await under.DoAsync(Operations.Post(id, "spend_admin", 10_000))).Posted();
        (await under.DoAsync(Operations.Post(id, "spend_content", 9_000) with { EffectiveAt = LedgerUnderTest.Noon.AddYears(-1) })).Posted();

        var usage = await Ledger.ReadUsageAsync(id, new DateOnly(2026, 3, 14), CancellationToken.None);
        Assert.Equal((0, 0), (usage.Earned.Value, usage.Spent.Value));
    }

    [Fact]
    public async Task SameKey_SameBody_GivesTheFirstAnswerAndPostsOnce()
    {
        var id = await UserAsync();
        var operation = Operations.Post(id, "earn_task", key: $"k-{id}");
        var first = (await under.DoAsync(operation)).Posted();
        under.Clock.Now += TimeSpan.FromDays(400);

        var second = (await under.DoAsync(operation with { EntryId = Guid.CreateVersion7(), Actor = "somebody else" })).Posted();

        Assert.True(second.Replayed);
        Assert.Equivalent(first.Entry, second.Entry, strict: true);
        Assert.Equal(5, (await Ledger.FindAccountAsync(id, CancellationToken.None))!.Balance.Value);
    }

    [Fact]
    public async Task SameKey_OtherBody_IsRefused()
    {
        var id = await UserAsync();
        var other = await UserAsync();
        var operation = Operations.Post(id, "earn_task", key: $"k-{id}");
        (await under.DoAsync(operation)).Posted();

        Assert.Equal(Refusal.KeyReuse, (await under.DoAsync(operation with { Amount = new CoinAmount(6) })).Refused().Code);
        Assert.Equal(Refusal.KeyReuse, (await under.DoAsync(operation with { UserId = other })).Refused().Code);
        Assert.Equal(Refusal.KeyReuse, (await under.DoAsync(operation with { Description = "else" })).Refused().Code);
    }

    [Fact]
    public async Task SameKey_AfterARefusalThatHungOnTheAccount_GivesTheSameRefusal()
    {
        var id = await UserAsync();
        var operation = Operations.Post(id, "spend_content", key: $"k-{id}");
        Assert.Equal(Refusal.InsufficientFunds, (await under.DoAsync(operation)).Refused().Code);
        (await under.DoAsync(Operations.Post(id, "earn_admin", 100))).Posted();

        var again = Assert.IsType<OperationResult.Refused>(await under.DoAsync(operation));

        Assert.True(again.Replayed);
        Assert.Equal(Refusal.InsufficientFunds, again.Refusal.Code);
        Assert.Equal(0, again.Refusal.Balance);
        Assert.Single(await Ledger.ListRefusalsAsync(id, LedgerUnderTest.Noon.AddDays(-1), CancellationToken.None));
    }

    [Fact]
    public async Task UnknownUser_IsRefusedAndMayBeTriedAgainOnceThere()
    {
        var id = NewUserId();
        var operation = Operations.Post(id, "earn_task");
        Assert.Equal(Refusal.UnknownUser, (await under.DoAsync(operation)).Refused().Code);
        Assert.Null(await Ledger.FindAccountAsync(id, CancellationToken.None));
        await under.CreateUserAsync(id);
        (await under.DoAsync(operation)).Posted();
    }

    [Theory]
    [InlineData("earn_bonus", null)]
    [InlineData("earn_bonus", 0L)]
    [InlineData("earn_bonus", -5L)]
    [InlineData("earn_admin", 1_000_000_000_001L)]
    public async Task Amount_MissingOrOutOfRange_IsRefused(string type, long? amount)
    {
        var id = await UserAsync();
        Assert.Equal(Refusal.InvalidAmount, (await under.DoAsync(Operations.Post(id, type, amount))).Refused().Code);
    }

    [Fact]
    public async Task Reverse_AnEarn_TakesItBackOnceAndKeepsTheChain()
    {
        var id = await UserAsync();
        var earned = (await under.DoAsync(Operations.Post(id, "earn_bonus", 60))).Posted().Entry;

        var reversal = (await under.DoAsync(Operations.Reverse(earned))).Posted();

        Assert.Equal(-60, reversal.Entry.Amount.Value);
        Assert.Equal(earned.Id, reversal.Entry.ReversalOf);
        Assert.Equal(earned.ContraAccount, reversal.Entry.ContraAccount);
        Assert.Equal((0, 0, 0), (reversal.Account.Balance.Value, reversal.Account.Earned.Value, reversal.Account.Spent.Value));
        Assert.Equal(reversal.Entry.Id, (await Ledger.FindReversalAsync(earned.Id, CancellationToken.None))!.Id);
        Assert.Equal(Refusal.AlreadyReversed, (await under.DoAsync(Operations.Reverse(earned))).Refused().Code);
        Assert.Equal(Refusal.NotReversible, (await under.DoAsync(Operations.Reverse(reversal.Entry))).Refused().Code);
        Assert.Equal(Refusal.UnknownEntry, (await under.DoAsync(Operations.Reverse(earned with { Id = Guid.NewGuid() }))).Refused().Code);
    }

    [Fact]
    public async Task Reverse_AnEarnThatWasSpent_IsRefusedForWantOfFunds()
    {
        var id = await UserAsync();
        var earned = (await under.DoAsync(Operations.Post(id, "earn_bonus", 60))).Posted().Entry;
        (await under.DoAsync(Operations.Post(id, "spend_special"))).Posted();

        Assert.Equal(Refusal.InsufficientFunds, (await under.DoAsync(Operations.Reverse(earned))).Refused().Code);
    }

    [Fact]
    public async Task Tier_FollowsLifetimeEarned_AndAPinStandsBesideIt()
    {
        var id = await UserAsync(500);
        Assert.Equal(Tier.Silver, (await Ledger.FindAccountAsync(id, CancellationToken.None))!.Tier);
        var until = LedgerUnderTest.Noon.AddDays(7);

        await under.DoAsync(new PinTier { IdempotencyKey = $"pin-{id}", Actor = "admin", UserId = id, Tier = Tier.Platinum, Reason = "contest", ExpiresAt = until });

        var pinned = (await Ledger.FindAccountAsync(id, CancellationToken.None))!;
        Assert.Equal(Tier.Silver, pinned.Tier);
        Assert.Equal(new TierPin(Tier.Platinum, "contest", "admin", until), pinned.Pin);
        Assert.Equal(Tier.Platinum, pinned.EffectiveTier(until.AddTicks(-1)));
        Assert.Equal(Tier.Silver, pinned.EffectiveTier(until));
        (await under.DoAsync(Operations.Post(id, "earn_task"))).Posted();
        Assert.NotNull((await Ledger.FindAccountAsync(id, CancellationToken.None))!.Pin);
    }

    [Fact]
    public async Task Batch_OfOneAccount_SeesItselfInOrder()
    {
        var id = await UserAsync();
        var results = await Ledger.ExecuteAsync(
            [
                Operations.Post(id, "spend_content"),
                Operations.Post(id, "earn_bonus", 15),
                Operations.Post(id, "spend_content"),
                Operations.Post(id, "spend_content"),
                Operations.Post(id, "earn_bonus", 86),
            ],
            CancellationToken.None);

        Assert.Equal(Refusal.InsufficientFunds, results[0].Refused().Code);
        Assert.Equal(15, results[1].Posted().Entry.BalanceAfter.Value);
        Assert.Equal(5, results[2].Posted().Entry.BalanceAfter.Value);
        Assert.Equal(Refusal.InsufficientFunds, results[3].Refused().Code);
        Assert.Equal(Refusal.DailyLimit, results[4].Refused().Code);
        Assert.Equal(5, (await Ledger.FindAccountAsync(id, CancellationToken.None))!.Balance.Value);
    }

    [Fact]
    public async Task Preview_DecidesAsTheRealThing_AndWritesNothing()
    {
        var id = await UserAsync(10);
        var head = await Ledger.ReadHeadAsync(CancellationToken.None);

        var posted = (await Ledger.PreviewAsync(Operations.Post(id, "spend_content"), CancellationToken.None)).Posted();
        var refused = (await Ledger.PreviewAsync(Operations.Post(id, "spend_special"), CancellationToken.None)).Refused();

        Assert.Equal(0, posted.Account.Balance.Value);
        Assert.Equal(Refusal.InsufficientFunds, refused.Code);
        Assert.Equivalent(head, await Ledger.ReadHeadAsync(CancellationToken.None), strict: true);
    }

    [Fact]
    public async Task Policy_Changed_HoldsFromTheNextOperation()
    {
        var id = await UserAsync();
        var current = await Ledger.ReadPolicyAsync(CancellationToken.None);
        var prices = current.Prices.ToDictionary();
        prices["earn_task"] = 7;
        var changed = current with { Version = current.Version + 1, Prices = prices, EarnPerDay = new CoinAmount(8) };

        var result = await under.DoAsync(new ChangePolicy { IdempotencyKey = $"p-{id}", Actor = "admin", UserId = string.Empty, Policy = changed });

        Assert.IsType<OperationResult.PolicyChanged>(result);
        var read = await Ledger.ReadPolicyAsync(CancellationToken.None);
        Assert.Equal((changed.Version, 8L, 7L), (read.Version, read.EarnPerDay.Value, read.Prices["earn_task"]));
        Assert.Equal(7, (await under.DoAsync(Operations.Post(id, "earn_task"))).Posted().Entry.Amount.Value);
        Assert.Equal(Refusal.DailyLimit, (await under.DoAsync(Operations.Post(id, "earn_task"))).Refused().Code);
        var stale = new ChangePolicy { IdempotencyKey = $"q-{id}", Actor = "admin", UserId = string.Empty, Policy = changed };
        Assert.Equal(Refusal.PolicyOutdated, (await under.DoAsync(stale)).Refused().Code);
        var restored = LedgerPolicy.Default with { Version = changed.Version + 1 };
        await under.DoAsync(new ChangePolicy { IdempotencyKey = $"r-{id}", Actor = "admin", UserId = string.Empty, Policy = restored });
    }

    [Fact]
    public async Task Tier_AfterThresholdsChanged_IsTakenOverByARefreshAndOnlyThen()
    {
        var id = await UserAsync();
        await under.DoAsync(Operations.Post(id, "earn_purchase", 300));
        var current = await Ledger.ReadPolicyAsync(CancellationToken.None);
        await under.DoAsync(new ChangePolicy
        {
            IdempotencyKey = $"p-{id}", Actor = "admin", UserId = string.Empty, Policy = current with { Version = current.Version + 1, SilverFrom = new CoinAmount(300) },
        });
        Assert.Equal(Tier.Bronze, (await Ledger.FindAccountAsync(id, CancellationToken.None))!.Tier);

        var refreshed = Assert.IsType<OperationResult.TierRefreshed>(await under.DoAsync(new RefreshTier { IdempotencyKey = $"t-{id}", Actor = "system", UserId = id })).Account;
        var again = Assert.IsType<OperationResult.TierRefreshed>(await under.DoAsync(new RefreshTier { IdempotencyKey = $"t-{id}", Actor = "system", UserId = id })).Account;

        var kept = await Ledger.FindAccountAsync(id, CancellationToken.None);
        Assert.Equal((Tier.Silver, refreshed.Version, refreshed.Version), (kept!.Tier, kept.Version, again.Version));
        await under.DoAsync(new ChangePolicy { IdempotencyKey = $"r-{id}", Actor = "admin", UserId = string.Empty, Policy = LedgerPolicy.Default with { Version = current.Version + 2 } });
    }

    [Fact]
    public async Task Refusal_ThatIsKept_SaysWhatWasAskedFor()
    {
        var id = await UserAsync();
        await under.DoAsync(Operations.Post(id, "spend_group"));
        await under.DoAsync(Operations.Post(id, "spend_content", 77));

        var refusals = await Ledger.ListRefusalsAsync(id, under.Clock.Now.AddDays(-1), CancellationToken.None);

        Assert.Equal([("spend_content", 77L), ("spend_group", null)], refusals.Select(answer => (answer.Refusal!.EntryType!, answer.Refusal.NamedAmount)).OrderBy(asked => asked.Item1));
    }

    [Fact]
    public async Task Paging_WalksEveryEntryOnceNewestFirst_AlsoWhereDatesAreEqual()
    {
        var id = await UserAsync();
        var day = LedgerUnderTest.Noon.AddYears(-2);
        for (var i = 0; i < 25; i++)
        {
            (await under.DoAsync(Operations.Post(id, "earn_purchase", i + 1) with { EffectiveAt = day.AddDays(i / 5) })).Posted();
        }

        var walked = new List<Entry>();
        while (true)
        {
            var page = await Ledger.ListEntriesAsync(new EntryQuery { UserId = id, Limit = 4, Before = walked.LastOrDefault()?.Id }, CancellationToken.None);
            if (page.Count == 0)
            {
                break;
            }

            walked.AddRange(page);
        }

        Assert.Equal(25, walked.Select(entry => entry.Id).Distinct().Count());
        Assert.Equal(Enumerable.Range(1, 25).Select(i => (long)(26 - i)), walked.Select(entry => entry.Amount.Value));
        Assert.Empty(await Ledger.ListEntriesAsync(new EntryQuery { UserId = id, Before = Guid.NewGuid() }, CancellationToken.None));
    }

    [Fact]
    public async Task Search_FindsByIdAndName_AndTakesWildcardsAsTheyAre()
    {
        var id = await UserAsync();
        Assert.Equal(id, Assert.Single(await Ledger.SearchUsersAsync($"NAME-OF-{id.ToUpperInvariant()}", 10, CancellationToken.None)).Id);
        Assert.Contains(await Ledger.SearchUsersAsync(id[2..], 10, CancellationToken.None), user => user.Id == id);
        Assert.Empty(await Ledger.SearchUsersAsync("%", 10, CancellationToken.None));
        Assert.NotEmpty(await Ledger.SearchUsersAsync(string.Empty, 10, CancellationToken.None));
    }

    [Fact]
    public async Task Leaderboard_RanksAndSharesRanks()
    {
        var rich = await UserAsync(900_000);
        var second = await UserAsync(800_000);
        var tied = await UserAsync(800_000);
        var start = LeaderboardPeriod.Month.StartOf(LedgerUnderTest.Noon);

        foreach (var period in new[] { LeaderboardPeriod.All, LeaderboardPeriod.Month })
        {
            var rows = await Ledger.ReadLeaderboardAsync(new LeaderboardQuery(LeaderboardOrder.Balance, period, start, 3), CancellationToken.None);
            Assert.Equal([1, 2, 2], rows.Select(row => row.Rank));
            Assert.Equal(rich, rows[0].UserId);
            Assert.Equal(Tier.Platinum, rows[0].Tier);
            foreach (var user in new[] { second, tied })
            {
                var around = await Ledger.FindAroundAsync(new AroundQuery(user, LeaderboardOrder.Earned, period, start, 1), CancellationToken.None);
                Assert.Equal(2, Assert.Single(around!, row => row.UserId == user).Rank);
            }
        }

        Assert.Null(await Ledger.FindAroundAsync(new AroundQuery("nobody", LeaderboardOrder.Earned, LeaderboardPeriod.All, start, 1), CancellationToken.None));
    }

    [Fact]
    public async Task Activity_IsNotedOnceAndMovesLastActivity()
    {
        var id = await UserAsync();
        var operation = new RecordActivity { IdempotencyKey = $"a-{id}", Actor = "test", UserId = id, Kind = "login", Metadata = """{"device":"d1"}""" };

        var first = Assert.IsType<OperationResult.ActivityRecorded>(await under.DoAsync(operation));
        var second = Assert.IsType<OperationResult.ActivityRecorded>(await under.DoAsync(operation));

        Assert.True(second.Replayed);
        var noted = Assert.Single(await Ledger.ListActivitiesAsync(id, LedgerUnderTest.Noon.AddDays(-1), 10, CancellationToken.None));
        Assert.Equivalent(first.Event, noted, strict: true);
        Assert.Equal(first.Event.At, (await Ledger.FindUserAsync(id, CancellationToken.None))!.LastActivityAt);
    }

    [Fact]
    public async Task Outbox_TellsEveryChangeOnceInOrderWithoutGaps()
    {
        var head = await Ledger.ReadHeadAsync(CancellationToken.None);
        var id = await UserAsync();
        var posted = (await under.DoAsync(Operations.Post(id, "earn_task"))).Posted();
        (await under.DoAsync(Operations.Post(id, "spend_special"))).Refused();

        var batch = await under.Outbox.ReadAsync(head.Sequence, 100, CancellationToken.None);

        Assert.Equal([OutboxKind.Account, OutboxKind.Entry], batch.Events.Select(item => item.Kind));
        Assert.Equal([head.Sequence + 1, head.Sequence + 2], batch.Events.Select(item => item.Sequence));
        Assert.Equivalent(posted.Entry, Assert.Single(batch.Entries), strict: true);
        Assert.Equal(posted.Account, Assert.Single(batch.Accounts));
        Assert.Equal(id, Assert.Single(batch.Users).Id);
        Assert.Equal(5, Assert.Single(batch.Usage).Earned.Value);
    }

    [Fact]
    public async Task OutboxCursor_NeverGoesBackExceptToTheStart()
    {
        var consumer = Guid.NewGuid().ToString("N");
        Assert.Equal(0, await under.Outbox.ReadCursorAsync(consumer, CancellationToken.None));
        await under.Outbox.SaveCursorAsync(consumer, 7, CancellationToken.None);
        await under.Outbox.SaveCursorAsync(consumer, 5, CancellationToken.None);
        Assert.Equal(7, await under.Outbox.ReadCursorAsync(consumer, CancellationToken.None));
        await under.Outbox.SaveCursorAsync(consumer, 0, CancellationToken.None);
        Assert.Equal(0, await under.Outbox.ReadCursorAsync(consumer, CancellationToken.None));
    }

    [Fact]
    public async Task ParallelCallers_NeverPassFundsOrLimits_AndEachKeyPostsOnce()
    {
        var id = await UserAsync(60);
        var keys = Enumerable.Range(0, 8).Select(i => $"{id}-{i}").ToArray();
        // Every key is sent four times at once; 8 x 10 coins are asked for, 60 are there.
        var results = await Task.WhenAll(
            keys.SelectMany(key => Enumerable.Repeat(key, 4)).Select(key => Task.Run(() => under.DoAsync(Operations.Post(id, "spend_content", key: key)))));

        Assert.Equal(6, results.OfType<OperationResult.Posted>().Select(posted => posted.Entry.Id).Distinct().Count());
        Assert.Equal(0, (await Ledger.FindAccountAsync(id, CancellationToken.None))!.Balance.Value);
        Assert.Equal(7, (await Ledger.ListEntriesAsync(new EntryQuery { UserId = id }, CancellationToken.None)).Count);
    }

    [Fact]
    public async Task Totals_BalancesEqualEntries_AndTheTreasuryMirrorsThem()
    {
        var id = await UserAsync(100);
        (await under.DoAsync(Operations.Post(id, "spend_content"))).Posted();

        var totals = await Ledger.ReadTotalsAsync(CancellationToken.None);

        Assert.Equal(totals.Balances, totals.EntryAmounts);
        Assert.Equal(-totals.Balances.Value, totals.SystemBalances.Values.Sum(amount => amount.Value));
    }

    private async Task<(Account?, DayUsage, int)> SnapshotAsync(string userId) => (
        await Ledger.FindAccountAsync(userId, CancellationToken.None),
        await Ledger.ReadUsageAsync(userId, new DateOnly(2026, 3, 14), CancellationToken.None),
        (await Ledger.ListEntriesAsync(new EntryQuery { UserId = userId, Limit = 1_000 }, CancellationToken.None)).Count);
}

public sealed class PostgresLedgerContract(PostgresUnderTest under) : LedgerContract(under), IClassFixture<PostgresUnderTest>;

public sealed class SqliteLedgerContract(SqliteUnderTest under) : LedgerContract(under), IClassFixture<SqliteUnderTest>;
