using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Failover;

namespace GavatDashboard.Tests.Ui.Failover;

/// <summary>Snapshots of the coordinator for tests of what people see of it.</summary>
internal static class FailoverSamples
{
    public static readonly DateTimeOffset Now = new(2026, 5, 29, 10, 15, 30, TimeSpan.Zero);

    public static FailoverSnapshot Primary { get; } = new()
    {
        State = FailoverState.Primary,
        Since = Now.AddHours(-1),
        Reason = "The primary takes writes.",
        AsOf = Now,
        Writes = FailoverWrites.Primary,
        Epoch = 4,
        Owner = "here",
        Instance = "here",
        Mirror = new FailoverMirrorReading("following", "", Now.AddHours(-1), 0, MayTakeOver: true),
        Refusals = new Dictionary<FailoverRequestKind, string> { [FailoverRequestKind.Recover] = "The fallback has not taken over." },
    };

    public static FailoverSnapshot Fallback { get; } = Primary with
    {
        State = FailoverState.Fallback,
        Reason = "The server is gone.",
        Writes = FailoverWrites.Fallback,
        Epoch = 5,
        Backlog = new FailoverBacklog(3, 17),
        NextStep = new FailoverNextStep(FailoverState.Recovering, Now.AddSeconds(9.2)),
        Refusals = new Dictionary<FailoverRequestKind, string> { [FailoverRequestKind.FailOver] = "The fallback takes the writes already." },
        Journal =
        [
            new(Now.AddSeconds(-5), FailoverState.Promoting, FailoverState.Fallback, "The server is gone."),
            new(Now.AddSeconds(-5), FailoverState.Suspect, FailoverState.Promoting, "The server is gone."),
            new(Now.AddSeconds(-7), FailoverState.Primary, FailoverState.Suspect, "The server is gone."),
            new(Now.AddDays(-1), FailoverState.Switchback, FailoverState.Primary, "Taken back."),
        ],
    };

    public static FailoverProof Proof { get; } = new()
    {
        Id = Guid.Parse("01900000-0000-7000-8000-000000000001"),
        Action = FailoverAction.Recover,
        Outcome = "The primary was taken back.",
        IsClean = true,
        StartedAt = Now.AddSeconds(-2),
        EndedAt = Now,
        EpochBefore = 5,
        EpochAfter = 6,
        Acknowledged = 17,
        Replayed = 17,
        TotalBefore = 1_000,
        ReplayedAmount = 34,
        TotalAfter = 1_034,
        FallbackTotal = 1_034,
        PrimaryChainHead = "aa11",
        FallbackChainHead = "aa11",
        OutOfServiceMs = 20.6,
    };
}
