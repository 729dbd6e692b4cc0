namespace GavatDashboard.Features.Audit;

/// <summary>One row of the audit chain.</summary>
/// <param name="Seq">Position in the chain, from 1, without gaps.</param>
/// <param name="At">When it was written (UTC, millisecond precision).</param>
/// <param name="Actor">Who did it.</param>
/// <param name="Action">What was done.</param>
/// <param name="Target">What it was done to.</param>
/// <param name="Reason">Why, in the actor's words.</param>
/// <param name="DetailsJson">More, as JSON.</param>
/// <param name="PreviousHash">Hash of the row before, as lower-case hexadecimal; 64 zeros for the first.</param>
/// <param name="Hash">SHA-256 over the previous hash and this row's content, as lower-case hexadecimal.</param>
public sealed record AuditEntry(
    long Seq,
    DateTimeOffset At,
    string Actor,
    string Action,
    string? Target,
    string? Reason,
    string? DetailsJson,
    string PreviousHash,
    string Hash);

/// <summary>Which entries to read. Absent parts do not restrict.</summary>
/// <param name="Actor">Part of the actor's name, without regard to case.</param>
/// <param name="Action">Beginning of the action, for instance <c>account.</c>.</param>
/// <param name="Target">Part of the target.</param>
/// <param name="From">Not before this time (inclusive).</param>
/// <param name="To">Before this time (exclusive).</param>
public sealed record AuditFilter(
    string? Actor = null,
    string? Action = null,
    string? Target = null,
    DateTimeOffset? From = null,
    DateTimeOffset? To = null);

/// <summary>A page of entries and how many there are in all.</summary>
public sealed record AuditPage(IReadOnlyList<AuditEntry> Entries, long Total);

/// <summary>The answer of a verification.</summary>
/// <param name="IsIntact">Whether every row fits.</param>
/// <param name="Rows">Rows that were checked and fit.</param>
/// <param name="FirstBrokenSeq">The first row that does not fit, or null.</param>
/// <param name="Problem">What is wrong with it, in words, or null.</param>
/// <param name="HeadHash">Hash of the last row that fits; keep it elsewhere to prove later that the tail was not cut.</param>
public sealed record AuditVerification(bool IsIntact, long Rows, long? FirstBrokenSeq, string? Problem, string HeadHash);
