using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Economy;

/// <summary>What one admin is typing: a policy and rules, both of which the simulator looks at.</summary>
public sealed class PolicyWorkspace(LedgerPolicy policy, RuleSet rules)
{
    /// <summary>Prices, limits and thresholds.</summary>
    public PolicyDraft Policy { get; set; } = new(policy);

    /// <summary>Rules of segments and risk.</summary>
    public RuleSetDraft Rules { get; set; } = new(rules);
}
