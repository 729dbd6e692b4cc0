namespace GavatDashboard.Features.Audit;

/// <summary>
/// The append-only, tamper-evident record of who did what. Every row carries the hash of the row before it, so that a change,
/// an insertion or a removal anywhere breaks the chain from there on.
/// </summary>
public interface IAuditLog
{
    /// <summary>Appends one entry, durably, in one transaction (the caller's, when it runs inside the console store's unit of work).</summary>
    /// <param name="actor">Who did it: see <see cref="AuditActors"/>. 1-200 characters.</param>
    /// <param name="action">What was done, as <c>area.verb</c>, for instance <c>coins.adjusted</c>. 1-100 characters.</param>
    /// <param name="target">What it was done to, for instance <c>user:42</c>; null where there is none.</param>
    /// <param name="reason">The reason the actor gave; null where none was asked for.</param>
    /// <param name="detailsJson">More, as a JSON document; null for none. Never a secret.</param>
    /// <param name="ct">Cancels before the entry is written.</param>
    /// <returns>The entry as written.</returns>
    /// <exception cref="ArgumentException">A text is empty or too long, or the details are not JSON.</exception>
    Task<AuditEntry> AppendAsync(string actor, string action, string? target, string? reason, string? detailsJson, CancellationToken ct);

    /// <summary>Recomputes the whole chain and names the first row that does not fit.</summary>
    Task<AuditVerification> VerifyAsync(CancellationToken ct);

    /// <summary>One page of entries, newest first.</summary>
    Task<AuditPage> QueryAsync(AuditFilter filter, int pageIndex, int pageSize, CancellationToken ct);

    /// <summary>Entries that fit the filter, newest first, by their place in the chain: later entries do not move the pages.</summary>
    /// <param name="filter">Which entries.</param>
    /// <param name="beforeSeq">The last entry of the page before, or null for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="ct">Gives up waiting.</param>
    Task<IReadOnlyList<AuditEntry>> ListAsync(AuditFilter filter, long? beforeSeq, int limit, CancellationToken ct);

    /// <summary>All entries that fit the filter, oldest first, read in bounded pieces; for exports.</summary>
    IAsyncEnumerable<AuditEntry> ReadAsync(AuditFilter filter, CancellationToken ct);
}
