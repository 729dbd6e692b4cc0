using GavatDashboard.Domain.Failover;

namespace GavatDashboard.Features.Failover;

/// <summary>The failover coordinator, as pages and the API see it.</summary>
public interface IFailoverControl
{
    /// <summary>How it stands now. Cheap: it asks no store.</summary>
    FailoverSnapshot Current { get; }

    /// <summary>Hears of every new snapshot, on the coordinator's thread: return at once.</summary>
    /// <param name="onSnapshot">Called with each new snapshot, but not with the current one.</param>
    /// <returns>Ends the subscription; no call begins after that.</returns>
    IDisposable Subscribe(Action<FailoverSnapshot> onSnapshot);

    /// <summary>Asks for an action. It is audited before it begins, and the same key never begins it twice.</summary>
    /// <returns>What became of the request, at once; the progress of what it began is in the snapshots.</returns>
    Task<FailoverReply> RequestAsync(FailoverRequest request, CancellationToken cancellationToken);

    /// <summary>The proofs, the newest first.</summary>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<FailoverProof>> ListProofsAsync(int limit, CancellationToken cancellationToken);

    /// <summary>One proof, or null where there is none.</summary>
    Task<FailoverProof?> FindProofAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>The changes of state, the newest first.</summary>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<FailoverJournalEntry>> ListJournalAsync(int limit, CancellationToken cancellationToken);
}

/// <summary>What a person may ask for.</summary>
public enum FailoverRequestKind
{
    /// <summary>Move writes to the fallback, also while the primary is alive. They stay there until somebody asks for the way back.</summary>
    FailOver,

    /// <summary>Bring the primary up to date and move writes back.</summary>
    Recover,

    /// <summary>Rehearse both.</summary>
    Drill,

    /// <summary>Stop the rehearsal or the recovery that runs, where that is safe; writes then stay where they are, or go back.</summary>
    Abort,

    /// <summary>Move nothing by itself any more.</summary>
    Pause,

    /// <summary>Move by itself again.</summary>
    Resume,

    /// <summary>Take the ledger over from another owner, which is thereby fenced. What it has acknowledged and not handed over is lost to the ledger.</summary>
    TakeOver,

    /// <summary>Let the primary's stand-in behave as a dead one; in embedded mode only.</summary>
    SimulateOutage,

    /// <summary>Let it live again.</summary>
    EndOutage,
}

/// <summary>How a rehearsal is done.</summary>
public enum DrillScope
{
    /// <summary>Only the canary's operations are rehearsed: the fallback is proved ready, and no writer is moved.</summary>
    Canary,

    /// <summary>All writes move to the fallback and back.</summary>
    Full,
}

/// <summary>What a person asks for.</summary>
/// <param name="Kind">What.</param>
/// <param name="Actor">Who, as the audit trail writes it.</param>
/// <param name="Reason">Why; 3 to 500 characters.</param>
/// <param name="IdempotencyKey">The key under which it happens at most once.</param>
/// <param name="Scope">Of a drill: how.</param>
public sealed record FailoverRequest(
    FailoverRequestKind Kind, string Actor, string Reason, string IdempotencyKey, DrillScope Scope = DrillScope.Canary);

/// <summary>What became of a request.</summary>
public abstract record FailoverReply
{
    private FailoverReply()
    {
    }

    /// <summary>It was begun, or had been begun under the same key before.</summary>
    /// <param name="ActionId">Its identity.</param>
    /// <param name="Replayed">Whether an earlier request had begun it.</param>
    public sealed record Accepted(Guid ActionId, bool Replayed) : FailoverReply;

    /// <summary>It does not fit the present state; nothing was done.</summary>
    /// <param name="Reason">Why, for a person.</param>
    public sealed record Refused(string Reason) : FailoverReply;

    /// <summary>The key belongs to another request.</summary>
    public sealed record KeyReused : FailoverReply;
}
