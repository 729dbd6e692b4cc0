using GavatDashboard.Domain.Failover;

namespace GavatDashboard.Features.Failover;

/// <summary>What the coordinator writes down. It is in the fallback's file: it must be there when the primary is not.</summary>
internal interface IFailoverStore
{
    /// <summary>The state that was written last, or null before the first.</summary>
    Task<FailoverRecord?> FindAsync(CancellationToken cancellationToken);

    /// <summary>Writes the state, durably, and in the same transaction the change that led to it.</summary>
    /// <param name="record">The state.</param>
    /// <param name="change">The change, or null where only something beside it changed.</param>
    /// <param name="cancellationToken">Gives up before it begins.</param>
    Task SaveAsync(FailoverRecord record, FailoverJournalEntry? change, CancellationToken cancellationToken);

    /// <summary>The changes of state, the newest first.</summary>
    Task<IReadOnlyList<FailoverJournalEntry>> ListJournalAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Keeps a proof.</summary>
    Task AddProofAsync(FailoverProof proof, CancellationToken cancellationToken);

    /// <summary>The proofs, the newest first.</summary>
    Task<IReadOnlyList<FailoverProof>> ListProofsAsync(int limit, CancellationToken cancellationToken);

    /// <summary>One proof, or null.</summary>
    Task<FailoverProof?> FindProofAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Notes a request under its key.</summary>
    /// <returns>The request that is noted under the key: this one, or an earlier one.</returns>
    Task<KeptFailoverRequest> KeepAsync(KeptFailoverRequest request, CancellationToken cancellationToken);

    /// <summary>The request that is noted under a key, or null.</summary>
    Task<KeptFailoverRequest?> FindRequestAsync(string idempotencyKey, CancellationToken cancellationToken);
}

/// <summary>A request that was begun.</summary>
internal sealed record KeptFailoverRequest(
    string IdempotencyKey, Guid ActionId, FailoverRequestKind Kind, DrillScope Scope, string Actor, string Reason, DateTimeOffset At)
{
    /// <summary>Whether both ask for the same.</summary>
    public bool IsSameAs(FailoverRequest request) => Kind == request.Kind && Reason == request.Reason && (Kind != FailoverRequestKind.Drill || Scope == request.Scope);
}
