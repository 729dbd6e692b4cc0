namespace GavatDashboard.Domain.Failover;

/// <summary>
/// Decides where writes go. Pure: it knows what it is told and the time it is given, so that a simulation can run it through
/// years of outages in seconds.
/// </summary>
public sealed class FailoverMachine(FailoverThresholds thresholds)
{
    /// <summary>How much longer writes wait for each batch in a row that failed although the probes are good.</summary>
    private static readonly TimeSpan PauseAfterBadWrite = TimeSpan.FromMilliseconds(250);

    private static readonly FailoverEffect[] Nothing = [];

    /// <summary>Takes an event in.</summary>
    /// <param name="memory">What is remembered.</param>
    /// <param name="happened">The event.</param>
    /// <param name="now">The monotonic clock's reading.</param>
    public FailoverStep Next(FailoverMemory memory, FailoverEvent happened, TimeSpan now) => happened switch
    {
        FailoverEvent.ProbeSucceeded => Good(Counted(memory, isGood: true, now), now),
        FailoverEvent.ProbeFailed failed => Bad(Counted(memory, isGood: false, now), failed.Reason, now),
        FailoverEvent.WriteFailed failed when memory.State == FailoverState.Primary => BadWrite(memory, failed, now),
        FailoverEvent.Promoted when memory.State == FailoverState.Promoting => ToFallback(memory, memory.Reason, now),
        FailoverEvent.PromotionRefused refused when memory.State == FailoverState.Promoting =>
            Go(memory with { IsHeld = false }, FailoverState.ReadOnly, refused.Reason, now, FailoverEffect.RefuseWrites),
        FailoverEvent.CaughtUp when memory.State == FailoverState.Recovering =>
            Go(memory, FailoverState.Switchback, "The primary holds all but the last writes.", now, FailoverEffect.HoldWrites, FailoverEffect.SwitchBack),
        FailoverEvent.SwitchedBack when memory.State == FailoverState.Switchback =>
            Go(memory with { ReturnedAt = now }, FailoverState.Primary, "The primary was taken back.", now, FailoverEffect.WriteToPrimary),
        FailoverEvent.RecoveryFailed failed when memory.State is FailoverState.Recovering or FailoverState.Switchback => ToFallback(memory, failed.Reason, now),
        FailoverEvent.Mismatched mismatched when memory.State.IsOnFallback() =>
            Go(memory, FailoverState.RecoveryBlocked, mismatched.Reason, now, FailoverEffect.WriteToFallback),
        FailoverEvent.Superseded superseded => StepBack(memory, superseded, now),
        FailoverEvent.Released released when memory.State == FailoverState.Primary => Go(memory, FailoverState.Following, released.Reason, now, FailoverEffect.ForwardWrites),
        FailoverEvent.TakenOver taken when memory.State is FailoverState.Fenced or FailoverState.Following =>
            Go(memory, FailoverState.Primary, taken.Reason, now, FailoverEffect.WriteToPrimary),
        FailoverEvent.FailOverRequested request when RefuseFailOver(memory) is null => Go(
            memory with { IsHeld = true }, FailoverState.Promoting, request.Reason, now, FailoverEffect.HoldWrites, FailoverEffect.DrainAndPromote),
        FailoverEvent.RecoverRequested request when RefuseRecover(memory) is null =>
            Go(memory with { IsHeld = false }, FailoverState.Recovering, request.Reason, now, FailoverEffect.Recover),
        FailoverEvent.AbortRequested request when memory.State == FailoverState.Recovering => Go(
            memory with { IsHeld = true, GoodProbes = 0 }, FailoverState.Fallback, request.Reason, now, FailoverEffect.CancelAction, FailoverEffect.WriteToFallback),
        FailoverEvent.Paused => Pause(memory, now),
        FailoverEvent.Resumed => new(memory with { IsPaused = false }, Nothing),
        _ => new(memory, Nothing),
    };

    /// <summary>The state after a restart: what was under way is taken up where it can be without asking the primary.</summary>
    /// <param name="memory">What was persisted; its times are of another clock.</param>
    /// <param name="now">The monotonic clock's reading.</param>
    public static FailoverMemory Resume(FailoverMemory memory, TimeSpan now) => memory with
    {
        State = memory.State switch
        {
            // Promotion is one transaction of the fallback's file, which changes the state with it.
            FailoverState.Suspect or FailoverState.Promoting or FailoverState.ReadOnly => FailoverState.Primary,
            FailoverState.Recovering or FailoverState.Switchback => FailoverState.Fallback,
            var state => state,
        },
        Since = now,
        BadProbes = 0,
        BadWrites = 0,
        GoodProbes = 0,
        ReturnedAt = memory.ReturnedAt is null ? null : now,
    };

    /// <summary>Why a person may not move writes to the fallback now; null where that may be.</summary>
    public static string? RefuseFailOver(FailoverMemory memory) => memory.State switch
    {
        FailoverState.Primary or FailoverState.Suspect => null,
        FailoverState.ReadOnly => "The fallback does not hold everything that was acknowledged.",
        FailoverState.Fenced or FailoverState.Following => "Another instance owns the ledger.",
        FailoverState.Promoting => "That is being done.",
        _ => "The fallback takes the writes already.",
    };

    /// <summary>Why a person may not bring writes back to the primary now; null where that may be.</summary>
    public static string? RefuseRecover(FailoverMemory memory) => memory.State switch
    {
        FailoverState.Fallback or FailoverState.RecoveryBlocked => null,
        FailoverState.Recovering or FailoverState.Switchback => "That is being done.",
        FailoverState.Promoting => "The fallback is just taking over.",
        FailoverState.Fenced or FailoverState.Following => "Another instance owns the ledger.",
        _ => "The fallback has not taken over.",
    };

    /// <summary>What it will do by itself if nothing changes, and the earliest time of it; null where it will do nothing.</summary>
    public (FailoverState To, TimeSpan At)? NextStep(FailoverMemory memory) => memory switch
    {
        { State: FailoverState.Suspect, IsPaused: false, BadProbes: > 0 } => (FailoverState.Promoting, memory.FirstBadAt + thresholds.SuspectFor),
        { State: FailoverState.Fallback, IsPaused: false, IsHeld: false, GoodProbes: > 0 } =>
            (FailoverState.Recovering, Later(memory.FirstGoodAt + thresholds.GoodFor, memory.Since + memory.Stay)),
        { State: FailoverState.Promoting } => (FailoverState.Fallback, memory.Since),
        { State: FailoverState.Recovering } => (FailoverState.Switchback, memory.Since),
        { State: FailoverState.Switchback } => (FailoverState.Primary, memory.Since),
        _ => null,
    };

    private static FailoverMemory Counted(FailoverMemory memory, bool isGood, TimeSpan now) => isGood
        ? memory with { BadProbes = 0, GoodProbes = memory.GoodProbes + 1, FirstGoodAt = memory.GoodProbes == 0 ? now : memory.FirstGoodAt }
        : memory with { GoodProbes = 0, BadProbes = memory.BadProbes + 1, FirstBadAt = memory.BadProbes == 0 ? now : memory.FirstBadAt };

    private FailoverStep BadWrite(FailoverMemory memory, FailoverEvent.WriteFailed failed, TimeSpan now)
    {
        var isFirst = !failed.IsAgain || memory.BadWrites == 0;
        var counted = memory with { BadWrites = isFirst ? 1 : memory.BadWrites + 1, FirstBadWriteAt = isFirst ? now : memory.FirstBadWriteAt, LastBadWriteAt = now };
        return !memory.IsPaused && counted.BadWrites >= thresholds.ProbesToFailOver && now - counted.FirstBadWriteAt >= thresholds.SuspectFor
            ? Go(counted with { BadWrites = 0 }, FailoverState.Promoting, failed.Reason, now, FailoverEffect.HoldWrites, FailoverEffect.Promote)
            : Go(counted, FailoverState.Suspect, failed.Reason, now, FailoverEffect.HoldWrites);
    }

    private FailoverStep Good(FailoverMemory memory, TimeSpan now) => memory.State switch
    {
        FailoverState.Suspect when memory.BadWrites > 1 && now - memory.LastBadWriteAt < (memory.BadWrites - 1) * PauseAfterBadWrite => new(memory, Nothing),
        FailoverState.Suspect or FailoverState.ReadOnly => Go(memory, FailoverState.Primary, "The primary takes writes.", now, FailoverEffect.WriteToPrimary),
        FailoverState.Fallback when !memory.IsPaused && !memory.IsHeld && memory.GoodProbes >= thresholds.ProbesToRecover
            && now - memory.FirstGoodAt >= thresholds.GoodFor && now - memory.Since >= memory.Stay =>
            Go(memory, FailoverState.Recovering, "The primary takes writes again.", now, FailoverEffect.Recover),
        _ => new(memory, Nothing),
    };

    private FailoverStep Bad(FailoverMemory memory, string reason, TimeSpan now) => memory.State switch
    {
        FailoverState.Primary => Go(memory, FailoverState.Suspect, reason, now, FailoverEffect.HoldWrites),
        FailoverState.Suspect when !memory.IsPaused && IsOutage(memory, now) => Go(memory, FailoverState.Promoting, reason, now, FailoverEffect.Promote),
        // The recovery says itself what became of it; one that hangs is told to end.
        FailoverState.Recovering or FailoverState.Switchback when IsOutage(memory, now) => new(memory, [FailoverEffect.CancelAction]),
        _ => new(memory, Nothing),
    };

    private bool IsOutage(FailoverMemory memory, TimeSpan now) =>
        memory.BadProbes >= thresholds.ProbesToFailOver && now - memory.FirstBadAt >= thresholds.SuspectFor;

    private FailoverStep ToFallback(FailoverMemory memory, string reason, TimeSpan now)
    {
        var isFlap = memory.State != FailoverState.Promoting || (memory.ReturnedAt is { } returned && now - returned < thresholds.LongestStay);
        var stay = isFlap && memory.Stay > TimeSpan.Zero ? Shorter(2 * memory.Stay, thresholds.LongestStay) : thresholds.MinimumStay;
        return Go(memory with { Stay = stay, GoodProbes = 0 }, FailoverState.Fallback, reason, now, FailoverEffect.WriteToFallback);
    }

    /// <summary>Another instance owns the ledger. One that owns it is followed; a name that changed is noted and moves nothing.</summary>
    private static FailoverStep StepBack(FailoverMemory memory, FailoverEvent.Superseded superseded, TimeSpan now) => (superseded.MayFollow, memory.State) switch
    {
        (true, FailoverState.Following) => new(memory with { Reason = superseded.Reason }, Nothing),
        (true, _) => Go(memory with { IsHeld = false }, FailoverState.Following, superseded.Reason, now, FailoverEffect.CancelAction, FailoverEffect.ForwardWrites),
        (false, FailoverState.Fenced) => new(memory, Nothing),
        (false, _) => Go(memory, FailoverState.Fenced, superseded.Reason, now, FailoverEffect.CancelAction, FailoverEffect.RefuseWrites),
    };

    private static FailoverStep Pause(FailoverMemory memory, TimeSpan now)
    {
        var paused = memory with { IsPaused = true };
        return memory.State == FailoverState.Recovering
            ? Go(paused with { GoodProbes = 0 }, FailoverState.Fallback, "The automation was paused.", now, FailoverEffect.CancelAction, FailoverEffect.WriteToFallback)
            : new(paused, Nothing);
    }

    private static FailoverStep Go(FailoverMemory memory, FailoverState to, string reason, TimeSpan now, params FailoverEffect[] effects) =>
        new(memory with { State = to, Reason = reason, Since = now }, effects);

    private static TimeSpan Later(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private static TimeSpan Shorter(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
