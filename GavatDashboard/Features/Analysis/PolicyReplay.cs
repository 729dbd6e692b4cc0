using System.Globalization;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Analysis;

/// <summary>One user's month, to be decided again under a policy by <see cref="LedgerBatch"/>, each entry at the instant it took effect.</summary>
/// <param name="user">The user.</param>
/// <param name="account">The account as it is now.</param>
/// <param name="entries">The entries of the month, oldest first.</param>
internal sealed class PolicyReplay(User user, Account account, IReadOnlyList<Entry> entries)
{
    private static readonly EntryType Reversal = EntryType.Reversal;

    /// <summary>Decides the month again.</summary>
    public (SimulatedSums Sums, Tier Tier) Run(LedgerPolicy policy)
    {
        var state = new LedgerState { Head = LedgerHead.Empty, Policy = policy };
        state.Users[user.Id] = user;
        state.Accounts[user.Id] = Opening();
        var sums = new SimulatedSums();
        foreach (var entry in entries.Where(entry => entry.Type != Reversal))
        {
            var (_, results) = LedgerBatch.Decide(state, [ToOperation(entry, policy)], entry.EffectiveAt);
            sums.Count(entry.Type, results[0]);
        }

        return (sums, policy.TierFor(state.Accounts[user.Id].Earned));
    }

    /// <summary>The account before the month: what it is now, less what the month brought. Reversals stay undone on both sides.</summary>
    private Account Opening()
    {
        var earned = Sum(EntryDirection.Earn);
        var spent = Sum(EntryDirection.Spend);
        var opening = account with { Earned = account.Earned - earned, Spent = account.Spent + spent, InDebt = false };
        return opening with { Balance = opening.Earned - opening.Spent };
    }

    private CoinAmount Sum(EntryDirection direction) => new(entries.Where(entry => entry.Type.Direction == direction).Sum(entry => entry.Amount.Value));

    /// <summary>An entry that was charged its price is charged the other policy's; one of an amount of its own keeps it.</summary>
    private static PostCoins ToOperation(Entry entry, LedgerPolicy policy) => new()
    {
        EntryId = entry.Id,
        IdempotencyKey = entry.Sequence.ToString(CultureInfo.InvariantCulture),
        Actor = "simulation",
        UserId = entry.UserId,
        Type = entry.Type,
        Amount = policy.PriceOf(entry.Type) is null || entry.Type.OutsideLimits ? entry.Amount.Abs() : null,

        // History that was imported was outside the limits, and is so again.
        EffectiveAt = entry.EffectiveAt != entry.RecordedAt ? entry.EffectiveAt : null,
    };
}

/// <summary>What came of a month that was replayed.</summary>
public sealed class SimulatedSums
{
    /// <summary>Coins that users earned.</summary>
    public long Issued { get; private set; }

    /// <summary>Coins that users spent.</summary>
    public long Spent { get; private set; }

    /// <summary>Operations that went through.</summary>
    public long Posted { get; private set; }

    /// <summary>Earns that were refused.</summary>
    public long EarnsRefused { get; private set; }

    /// <summary>Spends that were refused at a daily limit.</summary>
    public long SpendsOverLimit { get; private set; }

    /// <summary>Spends that were refused for missing funds.</summary>
    public long SpendsUnfunded { get; private set; }

    /// <summary>Counts what became of an operation.</summary>
    internal void Count(EntryType type, OperationResult result)
    {
        var isEarn = type.Direction == EntryDirection.Earn;
        switch (result)
        {
            case OperationResult.Posted posted:
                Posted++;
                Issued += isEarn ? posted.Entry.Amount.Value : 0;
                Spent += isEarn ? 0 : -posted.Entry.Amount.Value;
                break;
            case OperationResult.Refused when isEarn:
                EarnsRefused++;
                break;
            case OperationResult.Refused { Refusal.Code: Refusal.DailyLimit }:
                SpendsOverLimit++;
                break;
            default:
                SpendsUnfunded++;
                break;
        }
    }

    /// <summary>Adds the sums of another user.</summary>
    internal void Add(SimulatedSums other)
    {
        Issued += other.Issued;
        Spent += other.Spent;
        Posted += other.Posted;
        EarnsRefused += other.EarnsRefused;
        SpendsOverLimit += other.SpendsOverLimit;
        SpendsUnfunded += other.SpendsUnfunded;
    }
}
