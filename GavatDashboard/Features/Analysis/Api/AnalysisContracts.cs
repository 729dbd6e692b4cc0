using System.ComponentModel;
using System.Text.Json.Serialization;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Api;

namespace GavatDashboard.Features.Analysis.Api;

/// <summary>A profile in the API.</summary>
internal sealed record ProfileAnswer(
    string UserId, string Segment, string RiskLevel, int Score, int Engagement, DecisionAnswer DecidedBy, int RiskPoints, RfmAnswer Rfm,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Outlook? Outlook,
    SpendingPattern Spending, IReadOnlyList<TypeTotals> Earning, IReadOnlyList<RelatedUser> Related,
    IReadOnlyList<FlagAnswer> RedFlags, IReadOnlyList<FlagAnswer> GreenFlags, IReadOnlyList<string> Notes, [property: Description("The notes as codes with what their words need.")] IReadOnlyList<NoteAnswer> NoteCodes,
    DateTime AnalysedAt, string RuleSetVersion, [property: Description("Where it was read: redis, postgresql or sqlite.")] string Source)
{
    public static ProfileAnswer Of(Reading<UserProfile> reading)
    {
        var profile = reading.Value;
        return new(
            profile.UserId, AnalysisCodes.ToCode(profile.Segment), AnalysisCodes.ToCode(profile.RiskLevel), profile.Score, profile.Engagement,
            new(profile.DecidedBy.Rule, profile.DecidedBy.Explanation, [.. profile.DecidedBy.Findings.Select(EvidenceAnswer.Of)]), profile.RiskPoints,
            new(profile.Rfm.RecencyDays, profile.Rfm.LastSeenAt?.UtcDateTime, profile.Rfm.Frequency, profile.Rfm.Monetary, profile.Scores), profile.Outlook,
            profile.Spending, profile.Earning, profile.Related, [.. profile.RedFlags.Select(FlagAnswer.Of)], [.. profile.GreenFlags.Select(FlagAnswer.Of)],
            [.. profile.Notes.Select(note => note.Words)], [.. profile.Notes.Select(note => new NoteAnswer(note.Code, note.Arguments))],
            profile.AnalysedAt.UtcDateTime, profile.RuleSetVersion, reading.Source.ToCode());
    }
}

/// <summary>Something that whoever reads a profile should know.</summary>
internal sealed record NoteAnswer(string Code, IReadOnlyList<string> Arguments);

/// <summary>Why a segment was given.</summary>
internal sealed record DecisionAnswer(string Rule, string Explanation, IReadOnlyList<EvidenceAnswer> Evidence);

/// <summary>Recency, frequency and monetary value.</summary>
internal sealed record RfmAnswer(
    long? RecencyDays, DateTime? LastSeenAt, long Frequency, long Monetary,
    [property: Description("1 (the lowest fifth) to 5 among all users."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RfmScores? Scores);

/// <summary>Something that stands out.</summary>
internal sealed record FlagAnswer(
    string Rule, int Points, string Severity, string Explanation, IReadOnlyList<EvidenceAnswer> Evidence,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DismissalAnswer? Dismissal)
{
    public static FlagAnswer Of(Flag flag) => new(
        flag.Rule, flag.Points, AnalysisCodes.ToCode(flag.Severity), flag.Explanation, [.. flag.Findings.Select(EvidenceAnswer.Of)],
        flag.Dismissal is { } dismissal ? new(dismissal.Reason, dismissal.Actor, dismissal.At.UtcDateTime) : null);
}

/// <summary>Who dismissed a flag, and why.</summary>
internal sealed record DismissalAnswer(string Reason, string Actor, DateTime At);

/// <summary>A condition that held, and what it was found in.</summary>
internal sealed record EvidenceAnswer(
    string Fact, long Number, string Comparison, long Threshold, string Words, IReadOnlyList<Guid> EntryIds, IReadOnlyList<string> Users, DateTime? From, DateTime? To)
{
    public static EvidenceAnswer Of(Finding finding) => new(
        finding.Fact, finding.Number, finding.IsAtLeast ? ">=" : "<=", finding.Threshold, finding.Words, finding.EntryIds, finding.Users, finding.From?.UtcDateTime, finding.To?.UtcDateTime);
}

/// <summary>A profile in a list.</summary>
internal sealed record MemberAnswer(string UserId, string? Username, string Segment, string RiskLevel, int RiskPoints, int Score, int Engagement, string Rule, IReadOnlyList<string> Flags, DateTime AnalysedAt)
{
    public static MemberAnswer Of(UserProfile profile, string? username) => new(
        profile.UserId, username, AnalysisCodes.ToCode(profile.Segment), AnalysisCodes.ToCode(profile.RiskLevel), profile.RiskPoints, profile.Score, profile.Engagement, profile.DecidedBy.Rule,
        [.. profile.RedFlags.Where(flag => flag.Dismissal is null).Select(flag => flag.Rule)], profile.AnalysedAt.UtcDateTime);
}

/// <summary>A list of profiles.</summary>
internal sealed record MembersAnswer(IReadOnlyList<MemberAnswer> Items)
{
    public static MembersAnswer Of(Listed<UserProfile> list) => new([.. list.Items.Select(profile => MemberAnswer.Of(profile, list.NameOf(profile.UserId)))]);
}

/// <summary>How the community is made up, and how it moved.</summary>
internal sealed record SegmentsAnswer(IReadOnlyList<SegmentCount> Segments, IReadOnlyList<CodeCount> Risks, IReadOnlyList<MoveAnswer> Moves, int Days, DateTime AsOf);

/// <summary>Users who went from one segment to another.</summary>
internal sealed record MoveAnswer([property: Description("Null for those who had no profile before.")] string? From, string To, long Users);

/// <summary>An alert.</summary>
internal sealed record AlertAnswer(Guid AlertId, string UserId, string? Username, string RiskLevel, IReadOnlyList<string> Rules, DateTime OpenedAt, string State, string? Actor, string? Note, DateTime ChangedAt)
{
    public static AlertAnswer Of(Alert alert, string? username) => new(
        alert.Id, alert.UserId, username, AnalysisCodes.ToCode(alert.RiskLevel), alert.Rules.Split(',', StringSplitOptions.RemoveEmptyEntries), alert.OpenedAt.UtcDateTime,
        alert.State.ToCode(), alert.Actor, alert.Note, alert.ChangedAt.UtcDateTime);
}

/// <summary>A list of alerts.</summary>
internal sealed record AlertsAnswer(IReadOnlyList<AlertAnswer> Items)
{
    public static AlertsAnswer Of(Listed<Alert> list) => new([.. list.Items.Select(alert => AlertAnswer.Of(alert, list.NameOf(alert.UserId)))]);
}

/// <summary>What whoever changes an alert has to say.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record NoteBody
{
    [Description("At most 500 characters, or absent.")]
    public string? Note { get; init; }
}

/// <summary>Why a flag is harmless.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ReasonBody
{
    [Description("1 to 500 characters.")]
    public string? Reason { get; init; }
}
