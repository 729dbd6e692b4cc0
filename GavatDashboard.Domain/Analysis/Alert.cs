namespace GavatDashboard.Domain.Analysis;

/// <summary>How an alert stands.</summary>
public enum AlertState
{
    /// <summary>Nobody has looked at it.</summary>
    Open,

    /// <summary>Somebody is looking at it.</summary>
    Acknowledged,

    /// <summary>It is done with.</summary>
    Resolved,
}

/// <summary>A user's risk rose so high that somebody should look. A user has at most one that is not resolved.</summary>
/// <param name="Id">Identity.</param>
/// <param name="UserId">Who.</param>
/// <param name="RiskLevel">The highest level since it was opened.</param>
/// <param name="Rules">The rules that made up the risk, joined by commas.</param>
/// <param name="OpenedAt">When (UTC).</param>
/// <param name="State">How it stands.</param>
/// <param name="Actor">Who changed its state last, or null.</param>
/// <param name="Note">What that person noted, or null.</param>
/// <param name="ChangedAt">When it last changed (UTC).</param>
public sealed record Alert(
    Guid Id, string UserId, RiskLevel RiskLevel, string Rules, DateTimeOffset OpenedAt, AlertState State, string? Actor, string? Note, DateTimeOffset ChangedAt);
