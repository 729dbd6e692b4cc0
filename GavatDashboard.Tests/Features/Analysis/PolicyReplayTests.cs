using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Tests.Stores;

namespace GavatDashboard.Tests.Features.Analysis;

public sealed class PolicyReplayTests
{
    private static readonly DateTimeOffset Day = new(2026, 3, 1, 9, 0, 0, TimeSpan.Zero);
    private readonly LedgerState _state = new() { Head = LedgerHead.Empty, Policy = LedgerPolicy.Default };
    private readonly List<Entry> _entries = [];
    private readonly List<KeptAnswer> _refusals = [];

    public PolicyReplayTests() => LedgerBatch.Decide(_state, [Operations.Create("u")], Day.AddDays(-60));

    [Fact]
    public void Run_UnderThePolicyThatHeld_ComesToWhatThereIs()
    {
        Do(Operations.Post("u", "earn_purchase", 400), 0);
        Do(Operations.Post("u", "spend_group"), 1);
        Do(Operations.Post("u", "spend_special", 30), 2);
        Do(Operations.Reverse(_entries[^1]), 3);
        Do(Operations.Post("u", "earn_task"), 4);
        Do(Operations.Post("u", "spend_special", 9_999), 5);

        var month = Replay().Run(LedgerPolicy.Default);

        Assert.Equal(_state.Accounts["u"] with { Version = 0, UpdatedAt = default }, month.Account with { Version = 0, UpdatedAt = default });
        Assert.Equal(_entries.Select(entry => (entry.Id, entry.Amount, entry.BalanceAfter)), month.Entries.Select(entry => (entry.Id, entry.Amount, entry.BalanceAfter)));
        Assert.Equal((405, 130, 4, 1, 0), (month.Sums.Issued, month.Sums.Spent, month.Sums.Posted, month.Sums.SpendsOverLimit, month.Sums.Admitted));
        Assert.Equal(Refusal.DailyLimit, Assert.Single(month.Refusals).Code);
    }

    [Fact]
    public void Run_UnderOtherPrices_ChangesOnlyWhatNamedNoAmount()
    {
        Do(Operations.Post("u", "earn_purchase", 400), 0);
        Do(Operations.Post("u", "spend_content"), 1);
        Do(Operations.Post("u", "spend_content", 10), 2);

        var month = Replay().Run(WithPrice("spend_content", 25));

        Assert.Equal([400, -25, -10], month.Entries.Select(entry => entry.Amount.Value));
        Assert.Equal(365, month.Account.Balance.Value);
    }

    [Fact]
    public void Run_UnderAMilderLimit_AdmitsWhatWasRefused()
    {
        for (var i = 0; i < 25; i++)
        {
            Do(Operations.Post("u", "earn_task"), i);
        }

        Assert.Equal(5, _refusals.Count);
        var (same, milder) = (Replay().Run(LedgerPolicy.Default), Replay().Run(LedgerPolicy.Default with { EarnPerDay = new(110) }));

        Assert.Equal((100, 5, 0), (same.Sums.Issued, same.Sums.EarnsRefused, same.Sums.Admitted));
        Assert.Equal((110, 3, 2), (milder.Sums.Issued, milder.Sums.EarnsRefused, milder.Sums.Admitted));
    }

    [Fact]
    public void Run_UnderAStricterLimit_RefusesAlsoTheReversalOfWhatItRefused()
    {
        Do(Operations.Post("u", "earn_purchase", 400), 0);
        Do(Operations.Post("u", "spend_group"), 1);
        Do(Operations.Reverse(_entries[^1]), 2);

        var month = Replay().Run(LedgerPolicy.Default with { SpendPerDay = new(50) });

        Assert.Single(month.Entries);
        Assert.Equal((400, 1), (month.Account.Balance.Value, month.Sums.SpendsOverLimit));
    }

    [Fact]
    public void Run_OfAReversalOfWhatIsOlderThanTheMonth_UndoesItOnBothSides()
    {
        Do(Operations.Post("u", "earn_bonus", 60), -60 * 24 * 40);
        var old = _entries[0];
        _entries.Clear();
        Do(Operations.Reverse(old), 0);

        var month = new PolicyReplay(_state.Users["u"], _state.Accounts["u"], _entries, [], new Dictionary<Guid, Entry> { [old.Id] = old }).Run(LedgerPolicy.Default);

        Assert.Equal((0, 0), (month.Account.Balance.Value, month.Account.Earned.Value));
        Assert.Equal(-60, Assert.Single(month.Entries).Amount.Value);
    }

    [Fact]
    public void Unknown_CountsRefusalsThatDoNotSayWhatTheyRefused()
    {
        Do(Operations.Post("u", "spend_group"), 0);
        _refusals[0] = _refusals[0] with { Refusal = _refusals[0].Refusal! with { EntryType = null } };

        var replay = Replay();

        Assert.Equal((1, 0), (replay.Unknown, replay.Run(LedgerPolicy.Default).Sums.SpendsUnfunded));
    }

    [Fact]
    public void Under_AMonthInWhichNothingIsBought_ForgetsItsPurchasesAlone()
    {
        Do(Operations.Post("u", "earn_purchase", 400), 0);
        Do(Operations.Post("u", "spend_group"), 1);
        var from = Day.AddDays(-1);
        var history = new UserHistory
        {
            User = _state.Users["u"], Account = _state.Accounts["u"], Purchases = new(new DateOnly(2025, 6, 1), new DateOnly(2026, 3, 1), 3, 250),
            Entries = [.. _entries.Select(entry => new HistoryEntry(entry.Id, entry.Sequence, entry.Type, entry.Amount.Value, null, null, entry.EffectiveAt, true))],
        };

        var replayed = new ReplayedHistory(history, _entries, from, new DateOnly(2025, 7, 9)).Under(Replay().Run(LedgerPolicy.Default with { SpendPerDay = new(0) }));

        Assert.Equal(new PurchaseHistory(new DateOnly(2025, 6, 1), new DateOnly(2025, 7, 9), 2, 150), replayed.Purchases);
        Assert.Equal(["earn_purchase"], replayed.Entries.Select(entry => entry.Type.Code));
    }

    private static LedgerPolicy WithPrice(string type, long coins) =>
        LedgerPolicy.Default with { Prices = LedgerPolicy.Default.Prices.ToDictionary(price => price.Key, price => price.Key == type ? coins : price.Value) };

    private PolicyReplay Replay() => new(_state.Users["u"], _state.Accounts["u"], _entries, _refusals, _entries.ToDictionary(entry => entry.Id));

    private void Do(LedgerOperation operation, int minute)
    {
        var (delta, results) = LedgerBatch.Decide(_state, [operation], Day.AddMinutes(minute));
        _entries.AddRange(delta.Entries);
        _refusals.AddRange(delta.Answers.Where(answer => answer.Refusal is not null));
        foreach (var entry in delta.Entries)
        {
            _state.Originals[entry.Id] = entry;
        }

        Assert.DoesNotContain(results, result => result is OperationResult.Refused { Refusal.IsKept: false });
    }
}
