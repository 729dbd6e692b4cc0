using System.Text.Json;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Audit;

namespace GavatDashboard.Features.Failover;

/// <summary>Takes requests for the coordinator: once for a key, audited before they begin.</summary>
internal sealed class FailoverControl(
    FailoverCoordinator coordinator, FailoverDrill drill, IFailoverStore store, IAuditLog audit, TimeProvider time) : IFailoverControl
{
    public FailoverSnapshot Current => coordinator.Current;

    public IDisposable Subscribe(Action<FailoverSnapshot> onSnapshot) => coordinator.Feed.Subscribe(onSnapshot);

    public async Task<FailoverReply> RequestAsync(FailoverRequest request, CancellationToken cancellationToken)
    {
        if (await store.FindRequestAsync(request.IdempotencyKey, cancellationToken) is { } earlier)
        {
            return Replay(earlier, request);
        }

        if (await coordinator.FindRefusalAsync(request.Kind) is { } refusal)
        {
            return new FailoverReply.Refused(refusal);
        }

        var mine = new KeptFailoverRequest(
            request.IdempotencyKey, Guid.CreateVersion7(), request.Kind, request.Scope, request.Actor, request.Reason, time.GetUtcNow());
        var kept = await store.KeepAsync(mine, cancellationToken);
        if (kept.ActionId != mine.ActionId)
        {
            return Replay(kept, request);
        }

        var details = JsonSerializer.Serialize(new { actionId = mine.ActionId, scope = request.Kind == FailoverRequestKind.Drill ? request.Scope.ToString() : null });
        await audit.AppendAsync(request.Actor, $"failover.{Code(request.Kind)}", "ledger", request.Reason, details, cancellationToken);
        var refused = request.Kind switch
        {
            FailoverRequestKind.Drill => drill.TryStart(mine.ActionId, request.Scope, request.Reason),
            FailoverRequestKind.Abort when drill.TryAbort() => null,
            _ => await coordinator.AskAsync(request.Kind, $"By hand: {request.Reason}"),
        };
        return refused is null ? new FailoverReply.Accepted(mine.ActionId, Replayed: false) : new FailoverReply.Refused(refused);
    }

    public Task<IReadOnlyList<FailoverProof>> ListProofsAsync(int limit, CancellationToken cancellationToken) => store.ListProofsAsync(limit, cancellationToken);

    public Task<FailoverProof?> FindProofAsync(Guid id, CancellationToken cancellationToken) => store.FindProofAsync(id, cancellationToken);

    public Task<IReadOnlyList<FailoverJournalEntry>> ListJournalAsync(int limit, CancellationToken cancellationToken) => store.ListJournalAsync(limit, cancellationToken);

    private static FailoverReply Replay(KeptFailoverRequest earlier, FailoverRequest request) =>
        earlier.IsSameAs(request) ? new FailoverReply.Accepted(earlier.ActionId, Replayed: true) : new FailoverReply.KeyReused();

    private static string Code(FailoverRequestKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());
}
