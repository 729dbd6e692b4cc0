using System.Data.Common;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Analysis;

/// <summary>Domain types as rows of the analyzer's tables, and back.</summary>
internal static class ProfileRows
{
    /// <summary>Flags of a profile as they can be asked for; green ones are in the document alone.</summary>
    public static IEnumerable<object?[]> OfFlags(UserProfile profile) => profile.RedFlags.Select(flag => new object?[]
    {
        profile.UserId, flag.Rule, (long)flag.Points, flag.Severity.ToCode(), flag.EvidenceHash, AnalysisJson.Write(flag.Findings), flag.Dismissal is not null,
        LedgerTime.Truncate(profile.AnalysedAt),
    });

    public static object?[] Of(UserProfile profile) =>
    [
        profile.UserId, profile.Segment.ToCode(), profile.RiskLevel.ToCode(), (long)profile.Score, (long)profile.Engagement, AnalysisJson.Write(profile),
        profile.RuleSetVersion, LedgerTime.Truncate(profile.AnalysedAt), profile.AccountVersion, (long)profile.RiskPoints,
    ];

    public static object?[] Of(ProfileChange change) =>
    [
        change.Id, change.UserId, change.At, change.Kind.ToString().ToLowerInvariant(), change.From, change.To, change.Rule, AnalysisJson.Write(change.Findings), change.RuleSetVersion,
    ];

    public static ProfileChange ToChange(object?[] row) => new(
        (Guid)row[0]!, (string)row[1]!, (DateTimeOffset)row[2]!, Enum.Parse<ChangeKind>((string)row[3]!, ignoreCase: true), (string?)row[4], (string)row[5]!, (string)row[6]!,
        AnalysisJson.Read<List<Finding>>((string)row[7]!), (string)row[8]!);

    public static object?[] Of(Alert alert) =>
    [
        alert.Id, alert.UserId, alert.RiskLevel.ToCode(), alert.Rules, LedgerTime.Truncate(alert.OpenedAt), alert.State.ToString().ToLowerInvariant(), alert.Actor, alert.Note,
        LedgerTime.Truncate(alert.ChangedAt),
    ];

    public static Alert ToAlert(object?[] row) => new(
        (Guid)row[0]!, (string)row[1]!, RiskOf((string)row[2]!), (string)row[3]!, (DateTimeOffset)row[4]!, Enum.Parse<AlertState>((string)row[5]!, ignoreCase: true),
        (string?)row[6], (string?)row[7], (DateTimeOffset)row[8]!);

    public static object?[] Of(FlagDismissal dismissal, bool holds) =>
        [dismissal.UserId, dismissal.Rule, dismissal.EvidenceHash, dismissal.Reason, dismissal.Actor, holds, LedgerTime.Truncate(dismissal.At)];

    public static FlagDismissal ToDismissal(object?[] row) =>
        new((string)row[0]!, (string)row[1]!, (string)row[2]!, (string)row[3]!, (string)row[4]!, (DateTimeOffset)row[6]!);

    public static object?[] Of(DeviceUse use) => [use.Device, use.UserId, LedgerTime.Truncate(use.FirstAt), LedgerTime.Truncate(use.LastAt)];

    public static object?[] Of(AnalysisBatch batch, DateTimeOffset now) =>
    [
        batch.Id, batch.Kind.ToString().ToLowerInvariant(), batch.State.ToString().ToLowerInvariant(), batch.Actor, LedgerTime.Truncate(batch.StartedAt),
        batch.EndedAt is { } end ? LedgerTime.Truncate(end) : null, batch.AfterUserId, batch.Total, batch.Done, batch.Changed, LedgerTime.Truncate(now),
    ];

    public static AnalysisBatch ToBatch(object?[] row) => new()
    {
        Id = (Guid)row[0]!,
        Kind = Enum.Parse<BatchKind>((string)row[1]!, ignoreCase: true),
        State = Enum.Parse<BatchState>((string)row[2]!, ignoreCase: true),
        Actor = (string)row[3]!,
        StartedAt = (DateTimeOffset)row[4]!,
        EndedAt = (DateTimeOffset?)row[5],
        AfterUserId = (string)row[6]!,
        Total = (long)row[7]!,
        Done = (long)row[8]!,
        Changed = (long)row[9]!,
    };

    public static ProfileHead ToHead(AnalysisDialect dialect, DbDataReader row) =>
        new(row.GetString(0), SegmentOf(row.GetString(1)), RiskOf(row.GetString(2)), dialect.Sql.GetTime(row, 3));

    public static Segment SegmentOf(string code) =>
        AnalysisCodes.FindSegment(code) ?? throw new InvalidOperationException($"The store holds the segment '{code}', which this version does not know.");

    public static RiskLevel RiskOf(string code) =>
        AnalysisCodes.FindRiskLevel(code) ?? throw new InvalidOperationException($"The store holds the risk level '{code}', which this version does not know.");
}
