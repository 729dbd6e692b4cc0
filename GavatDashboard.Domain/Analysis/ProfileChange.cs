using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Domain.Analysis;

/// <summary>What of a profile changes over time and is remembered.</summary>
public enum ChangeKind
{
    /// <summary>The segment.</summary>
    Segment,

    /// <summary>The risk level.</summary>
    Risk,
}

/// <summary>A change of a user's segment or risk, with the rule that decided and what it was found in.</summary>
/// <param name="Id">Identity.</param>
/// <param name="UserId">Whose.</param>
/// <param name="At">When it was found (UTC).</param>
/// <param name="Kind">What changed.</param>
/// <param name="From">The code before; null for the first profile.</param>
/// <param name="To">The code after.</param>
/// <param name="Rule">The rule that decided the segment, or those that make up the risk, joined by commas.</param>
/// <param name="Findings">The evidence.</param>
/// <param name="RuleSetVersion">The rules that decided.</param>
public sealed record ProfileChange(
    Guid Id, string UserId, DateTimeOffset At, ChangeKind Kind, string? From, string To, string Rule, IReadOnlyList<Finding> Findings, string RuleSetVersion)
{
    /// <summary>What changed since an older profile.</summary>
    /// <param name="before">The kept segment and risk, or null where there was no profile.</param>
    /// <param name="profile">The new profile.</param>
    public static IReadOnlyList<ProfileChange> Between(ProfileHead? before, UserProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        var changes = new List<ProfileChange>(2);
        if (before?.Segment != profile.Segment)
        {
            changes.Add(New(ChangeKind.Segment, before?.Segment.ToCode(), profile.Segment.ToCode(), profile.DecidedBy.Rule, profile.DecidedBy.Findings));
        }

        // A first profile without risk is no news.
        if ((before?.RiskLevel ?? RiskLevel.Low) != profile.RiskLevel)
        {
            var counted = profile.RedFlags.Where(flag => flag.Dismissal is null).ToList();
            changes.Add(New(
                ChangeKind.Risk, before?.RiskLevel.ToCode(), profile.RiskLevel.ToCode(), string.Join(',', counted.Select(flag => flag.Rule)), [.. counted.SelectMany(flag => flag.Findings)]));
        }

        return changes;

        ProfileChange New(ChangeKind kind, string? from, string to, string rule, IReadOnlyList<Finding> findings) =>
            new(Guid.CreateVersion7(profile.AnalysedAt), profile.UserId, LedgerTime.Truncate(profile.AnalysedAt), kind, from, to, rule, findings, profile.RuleSetVersion);
    }
}

/// <summary>What of a kept profile tells whether a new one changes anything.</summary>
/// <param name="UserId">Whose.</param>
/// <param name="Segment">The segment.</param>
/// <param name="RiskLevel">The risk.</param>
/// <param name="AnalysedAt">When it was analysed (UTC).</param>
public sealed record ProfileHead(string UserId, Segment Segment, RiskLevel RiskLevel, DateTimeOffset AnalysedAt);

/// <summary>Users who went from one segment to another within a time.</summary>
/// <param name="From">The segment before; null for those who had none yet.</param>
/// <param name="To">The segment after.</param>
/// <param name="Users">How many.</param>
public sealed record SegmentMove(Segment? From, Segment To, long Users);

/// <summary>How many users were in a segment at the end of a day.</summary>
/// <param name="Day">The UTC day; the last one is today, so far.</param>
/// <param name="Segment">The segment.</param>
/// <param name="Users">How many.</param>
public sealed record SegmentDay(DateOnly Day, Segment Segment, long Users);
