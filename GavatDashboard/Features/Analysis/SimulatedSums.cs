using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Analysis;

/// <summary>What came of a month that was replayed. Reversals are undone on their own and counted in none of it.</summary>
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

    /// <summary>Requests that were refused in earnest and go through here.</summary>
    public long Admitted { get; private set; }

    /// <summary>Counts what became of a request.</summary>
    internal void Count(PolicyReplay.Step step, OperationResult result)
    {
        if (step.Request is not PostCoins { Type: var type })
        {
            return;
        }

        var isEarn = type.Direction == EntryDirection.Earn;
        switch (result)
        {
            case OperationResult.Posted posted:
                Posted++;
                Admitted += step.WasRefused ? 1 : 0;
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
        Admitted += other.Admitted;
    }
}
