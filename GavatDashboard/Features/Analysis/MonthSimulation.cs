using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Analysis;

/// <summary>One user's month, decided and analysed as it holds and as it would be.</summary>
/// <param name="PolicyBefore">The policy that holds.</param>
/// <param name="PolicyAfter">The other one.</param>
/// <param name="RulesBefore">The rules that hold.</param>
/// <param name="RulesAfter">The others, or the same.</param>
/// <param name="From">The beginning of the month (UTC).</param>
/// <param name="Now">Its end (UTC).</param>
internal sealed record MonthSimulation(
    LedgerPolicy PolicyBefore, LedgerPolicy PolicyAfter, UserAnalyzer RulesBefore, UserAnalyzer RulesAfter, DateTimeOffset From, DateTimeOffset Now)
{
    /// <summary>Decides and analyses a month both ways.</summary>
    public SimulatedMonth Run(UserMonth month)
    {
        var replay = new PolicyReplay(month.History.User, month.History.Account, month.Entries, month.Refusals, month.Originals);
        var history = new ReplayedHistory(month.History, month.Entries, From, month.LastPurchaseBefore);
        return new(month.History.User, replay.Unknown, Of(PolicyBefore, RulesBefore), Of(PolicyAfter, RulesAfter));

        SimulatedUser Of(LedgerPolicy policy, UserAnalyzer rules)
        {
            var replayed = replay.Run(policy);
            return new(replayed.Sums, policy.TierFor(replayed.Account.Earned), rules.Analyze(history.Under(replayed), Now));
        }
    }
}

/// <summary>A user's month both ways.</summary>
/// <param name="User">Who.</param>
/// <param name="Unknown">Refusals of which was not kept what they refused.</param>
/// <param name="Before">As it holds.</param>
/// <param name="After">As it would be.</param>
internal sealed record SimulatedMonth(User User, int Unknown, SimulatedUser Before, SimulatedUser After);
