using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Api;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Instances;
using GavatDashboard.Features.Security;

namespace GavatDashboard.Features.Failover;

/// <summary>Failover, recovery and drills over HTTP.</summary>
internal static class FailoverEndpoints
{
    private const int MinReason = 3;
    private const int MaxReason = 500;

    private static readonly (string Path, FailoverRequestKind Kind, string Summary)[] Actions =
    [
        ("fail-over", FailoverRequestKind.FailOver, "Move writes to the fallback, where they stay until somebody asks for the way back"),
        ("recover", FailoverRequestKind.Recover, "Bring the primary up to date and move writes back"),
        ("drill", FailoverRequestKind.Drill, "Rehearse a failover, on the canary account or in full"),
        ("abort", FailoverRequestKind.Abort, "Stop the drill or the recovery that runs"),
        ("pause", FailoverRequestKind.Pause, "Pause the automation"),
        ("resume", FailoverRequestKind.Resume, "Let the automation go on"),
        ("take-over", FailoverRequestKind.TakeOver, "Take the ledger over from another instance, which is thereby fenced"),
        ("simulate-outage", FailoverRequestKind.SimulateOutage, "Let the primary's stand-in behave as a dead one (embedded mode only)"),
        ("end-outage", FailoverRequestKind.EndOutage, "End the simulated outage"),
    ];

    /// <summary>Maps the endpoints.</summary>
    public static void MapFailover(this IEndpointRouteBuilder app)
    {
        var group = app.MapApiGroup("Failover").RequireAuthorization(Policies.ApiAdmin);
        group.MapGet("/failover", Get)
            .WithName("GetFailover").WithSummary("Where writes go, what is being done about it, and what happens next")
            .Produces<FailoverAnswer>();
        group.MapGet("/failover/proofs", ListProofsAsync)
            .WithName("ListFailoverProofs").WithSummary("The proofs of failovers, recoveries and drills, the newest first")
            .Produces<IReadOnlyList<FailoverProof>>().MayAnswer(Refusal.InvalidRequest);
        group.MapGet("/failover/proofs/{proofId:guid}", FindProofAsync)
            .WithName("GetFailoverProof").WithSummary("One proof")
            .Produces<FailoverProof>().MayAnswer(ProblemCatalog.UnknownProof);
        foreach (var (path, kind, summary) in Actions)
        {
            group.MapPost($"/failover/{path}", (RequestKey key, FailoverBody body, IFailoverControl control, HttpContext context, CancellationToken cancellationToken) =>
                    PostAsync(kind, key, body, control, context, cancellationToken))
                .WithName($"Failover{kind}").WithSummary(summary).TakesKey()
                .WithExample("""{"reason":"Maintenance of the database server"}""")
                .Produces<FailoverAcceptedAnswer>(StatusCodes.Status202Accepted)
                .MayAnswer(Refusal.InvalidRequest, Refusal.KeyReuse, ProblemCatalog.FailoverRefused);
        }
    }

    private static IResult Get(IFailoverControl control) => Results.Ok(FailoverAnswer.Of(control.Current));

    private static async Task<IResult> ListProofsAsync(int? limit, IFailoverControl control, CancellationToken cancellationToken) => limit is < 1 or > 1_000
        ? ApiProblem.Invalid("limit: give 1 to 1,000.")
        : Results.Ok(await control.ListProofsAsync(limit ?? 50, cancellationToken));

    private static async Task<IResult> FindProofAsync(Guid proofId, IFailoverControl control, CancellationToken cancellationToken) =>
        await control.FindProofAsync(proofId, cancellationToken) is { } proof ? Results.Ok(proof) : ApiProblem.Of(ProblemCatalog.UnknownProof);

    private static async Task<IResult> PostAsync(
        FailoverRequestKind kind, RequestKey key, FailoverBody body, IFailoverControl control, HttpContext context, CancellationToken cancellationToken)
    {
        var reason = body.Reason?.Trim() ?? string.Empty;
        if (reason.Length is < MinReason or > MaxReason)
        {
            return ApiProblem.Invalid($"reason: say why, in {MinReason} to {MaxReason} characters; it is kept in the audit trail.");
        }

        if (!ApiCodes.TryRead("scope", body.Scope, Scopes, DrillScope.Canary, out var scope, out var problem))
        {
            return problem;
        }

        var reply = await control.RequestAsync(new FailoverRequest(kind, AuditActors.Of(context.User), reason, key.Value, scope), cancellationToken);
        return reply switch
        {
            FailoverReply.Accepted accepted => Results.Accepted(
                $"{ApiRoutes.V1}/failover", new FailoverAcceptedAnswer(accepted.ActionId, accepted.Replayed, control.Current.State.ToCode())),
            FailoverReply.Refused refused => ApiProblem.Of(ProblemCatalog.FailoverRefused, refused.Reason),
            FailoverReply.KeyReused => ApiProblem.Of(Refusal.KeyReuse),
            _ => throw new InvalidOperationException($"A request was answered with {reply.GetType().Name}."),
        };
    }

    private static readonly Dictionary<string, DrillScope> Scopes = new(StringComparer.Ordinal) { ["canary"] = DrillScope.Canary, ["full"] = DrillScope.Full };
}

/// <summary>Why something is asked for.</summary>
/// <param name="Reason">Why, 3 to 500 characters.</param>
/// <param name="Scope">Of a drill: <c>canary</c> (the default) or <c>full</c>.</param>
internal sealed record FailoverBody(string? Reason, string? Scope);

/// <summary>What was asked for has begun.</summary>
/// <param name="ActionId">Its identity.</param>
/// <param name="Replayed">Whether an earlier request with the same key had begun it.</param>
/// <param name="State">The state now.</param>
internal sealed record FailoverAcceptedAnswer(Guid ActionId, bool Replayed, string State);

/// <summary>The failover coordinator as the API shows it.</summary>
internal sealed record FailoverAnswer
{
    /// <summary><c>primary</c>, <c>suspect</c>, <c>promoting</c>, <c>fallback</c>, <c>recovering</c>, <c>switchback</c>, <c>readonly</c>, <c>recovery_blocked</c>, <c>fenced</c> or <c>following</c>.</summary>
    public required string State { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Why, for a person.</summary>
    public required string Reason { get; init; }

    /// <summary>What happens to writes: <c>primary</c>, <c>fallback</c>, <c>waiting</c>, <c>refused</c>, or <c>forwarded</c> to the owner.</summary>
    public required string Writes { get; init; }

    /// <summary>The ledger whose word counts: <c>primary</c> or <c>fallback</c>.</summary>
    public required string Truth { get; init; }

    /// <summary>The number of the reign.</summary>
    public required long Epoch { get; init; }

    /// <summary>The instance that owns the ledger, and this instance.</summary>
    public required string Owner { get; init; }

    /// <summary>This instance.</summary>
    public required string Instance { get; init; }

    /// <summary>What this instance is to the ledger: <c>owner</c>, <c>follower</c>, <c>fenced</c>, or <c>none</c> before it knows.</summary>
    public required string Role { get; init; }

    /// <summary>When the owner was last heard; absent where it never was.</summary>
    public DateTimeOffset? OwnerHeardAt { get; init; }

    /// <summary>Why this instance does not trust what answers in the owner's place, and what to do; absent where it does.</summary>
    public string? OwnerFault { get; init; }

    /// <summary>All instances that live on the ledger; empty where there can be only this one.</summary>
    public required IReadOnlyList<InstanceSighting> Instances { get; init; }

    /// <summary>Whether the automation is paused, and whether a person keeps writes on the fallback.</summary>
    public required bool IsPaused { get; init; }

    /// <summary>Whether a person moved writes to the fallback, where they stay until a person asks for the way back.</summary>
    public required bool IsHeldByHand { get; init; }

    /// <summary>What the automation will do next, and not before when; absent where nothing.</summary>
    public string? NextState { get; init; }

    /// <summary>Not before.</summary>
    public DateTimeOffset? NextAt { get; init; }

    /// <summary>How the fallback's copy stands.</summary>
    public required FailoverMirrorReading Mirror { get; init; }

    /// <summary>What the fallback acknowledged and the primary does not hold yet.</summary>
    public required FailoverBacklog Backlog { get; init; }

    /// <summary>To how many operations a second new writes are slowed, so that the primary can catch up; absent where they are not.</summary>
    public double? SlowedToPerSecond { get; init; }

    /// <summary>Why the fallback, whose turn it is, does not take writes; absent where it does.</summary>
    public string? FallbackFault { get; init; }

    /// <summary>How the primary answers.</summary>
    public required FailoverProbeReading Probe { get; init; }

    /// <summary>What runs now: what, the step it is at, and how much of it is done; absent where nothing runs.</summary>
    public FailoverProgressAnswer? Progress { get; init; }

    /// <summary>Whether the primary's outage can be simulated, and is.</summary>
    public required bool CanSimulateOutage { get; init; }

    /// <summary>Whether it is.</summary>
    public required bool IsOutageSimulated { get; init; }

    /// <summary>The latest proofs.</summary>
    public required IReadOnlyList<FailoverProof> Proofs { get; init; }

    /// <summary>The answer for a snapshot.</summary>
    public static FailoverAnswer Of(FailoverSnapshot snapshot) => new()
    {
        State = snapshot.State.ToCode(),
        Since = snapshot.Since,
        Reason = snapshot.Reason,
        Writes = snapshot.Writes.ToString().ToLowerInvariant(),
        Truth = snapshot.Truth,
        Epoch = snapshot.Epoch,
        Owner = snapshot.Owner,
        Instance = snapshot.Instance,
        Role = snapshot.Role,
        OwnerHeardAt = snapshot.OwnerHeardAt,
        OwnerFault = snapshot.OwnerFault,
        Instances = snapshot.Instances,
        IsPaused = snapshot.IsPaused,
        IsHeldByHand = snapshot.IsHeldByHand,
        NextState = snapshot.NextStep?.To.ToCode(),
        NextAt = snapshot.NextStep?.At,
        Mirror = snapshot.Mirror,
        Backlog = snapshot.Backlog,
        SlowedToPerSecond = snapshot.SlowedToPerSecond,
        FallbackFault = snapshot.FallbackFault,
        Probe = snapshot.Probe,
        Progress = snapshot.Progress is { } progress
            ? new FailoverProgressAnswer(progress.ActionId, progress.Action.ToCode(), progress.Step, progress.StartedAt, progress.Done, progress.Total, progress.CanAbort)
            : null,
        CanSimulateOutage = snapshot.CanSimulateOutage,
        IsOutageSimulated = snapshot.IsOutageSimulated,
        Proofs = snapshot.Proofs,
    };
}

/// <summary>What runs now.</summary>
/// <param name="ActionId">Its identity.</param>
/// <param name="Action"><c>fail_over</c>, <c>recover</c> or <c>drill</c>.</param>
/// <param name="Step">The step it is at.</param>
/// <param name="StartedAt">Since when.</param>
/// <param name="Done">How much of the step is done.</param>
/// <param name="Total">How much there is; 0 where that is not known.</param>
/// <param name="CanAbort">Whether it can be stopped now.</param>
internal sealed record FailoverProgressAnswer(Guid ActionId, string Action, string Step, DateTimeOffset StartedAt, long Done, long Total, bool CanAbort);
