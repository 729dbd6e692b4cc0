using GavatDashboard.Domain.Failover;
using GavatDashboard.Stores.Mirror;

namespace GavatDashboard.Features.Failover;

/// <content>What others see of it.</content>
internal sealed partial class FailoverCoordinator
{
    /// <summary>Where snapshots go.</summary>
    public FailoverFeed Feed { get; } = new();

    /// <summary>The newest snapshot, its times brought up to now.</summary>
    public FailoverSnapshot Current
    {
        get
        {
            var snapshot = Feed.Current ?? Take();
            return snapshot with
            {
                IsOverdue = _lastProbe is { } probe && time.GetElapsedTime(probe.BeganAt) > _options.OverdueAfter(snapshot.State),
                Mirror = MirrorReading(),
                Backlog = Backlog(snapshot.State),
                FallbackFault = FallbackFault(),
                OwnerHeardAt = OwnerHeardAt(),
                OwnerFault = OwnerFault(),
                Instances = instances.All,
            };
        }
    }

    private void Publish()
    {
        ownership.Set(IsOwner);
        Feed.Publish(Take());
    }

    private FailoverSnapshot Take()
    {
        var memory = _record.Memory;
        var now = time.GetUtcNow();
        return new FailoverSnapshot
        {
            State = memory.State,
            Since = _record.Since,
            Reason = memory.Reason,
            AsOf = now,
            Writes = gate.Writes,
            Epoch = _record.Epoch,
            Owner = IsOwner ? _record.Instance : _lastProbe?.Head?.Owner ?? instances.Owner,
            IsOwner = IsOwner,
            OwnerHeardAt = OwnerHeardAt(),
            OwnerFault = OwnerFault(),
            SilentAfter = _instanceOptions.SilentAfter,
            Instances = instances.All,
            Instance = _record.Instance,
            IsPaused = memory.IsPaused,
            IsHeldByHand = memory.IsHeld,
            NextStep = _machine.NextStep(memory) is { } next ? new FailoverNextStep(next.To, now + (next.At > Now ? next.At - Now : TimeSpan.Zero)) : null,
            Probe = _lastProbe is { } probe
                ? new FailoverProbeReading(probe.At, probe.Head is null ? null : probe.LatencyMs, probe.Fault, memory.GoodProbes, memory.BadProbes)
                : new FailoverProbeReading(null, null, "It was not asked yet.", 0, 0),
            Mirror = MirrorReading(),
            Backlog = Backlog(memory.State),
            FallbackFault = FallbackFault(),
            SlowedToPerSecond = brake.PerSecond,
            Progress = Progress(memory),
            Refusals = Refusals(),
            ReadOnlyParts = ReadOnlyParts(memory.State),
            CanSimulateOutage = outage.IsOffered,
            IsOutageSimulated = outage.IsOn,
            Proofs = _history.Proofs,
            Journal = _history.Journal,
            TickedAt = _lastProbe?.At,
            JournalFault = _history.Fault,
        };
    }

    private DateTimeOffset? OwnerHeardAt() => IsOwner ? time.GetUtcNow() : instances.OwnerHeardAt;

    private string? OwnerFault() => IsOwner ? null : instances.OwnerFault;

    private FailoverBacklog Backlog(FailoverState state) => state switch
    {
        FailoverState.Recovering or FailoverState.Switchback when _run is { } run => run.Backlog,
        // One that is fenced holds what the primary lacks, and says how much it is.
        _ => state.IsOnFallback() || state == FailoverState.Fenced ? fallbackWriter.Kept : new FailoverBacklog(0, 0),
    };

    private FailoverProgress? Progress(FailoverMemory memory) => _drill ?? memory.State switch
    {
        FailoverState.Recovering or FailoverState.Switchback when _run is { } run => new FailoverProgress(
            run.Id, FailoverAction.Recover, run.Step.Name, run.StartedAt, run.Step.Done, run.Step.Total, memory.State == FailoverState.Recovering),
        FailoverState.Promoting => new FailoverProgress(Guid.Empty, FailoverAction.FailOver, "promoting", _record.Since, 0, 0, CanAbort: false),
        _ => null,
    };

    private Dictionary<FailoverRequestKind, string> Refusals()
    {
        var refusals = new Dictionary<FailoverRequestKind, string>();
        foreach (var kind in Enum.GetValues<FailoverRequestKind>())
        {
            if (Refuse(kind) is { } refusal)
            {
                refusals[kind] = refusal;
            }
        }

        return refusals;
    }

    private static IReadOnlyList<string> ReadOnlyParts(FailoverState state) => state switch
    {
        FailoverState.ReadOnly or FailoverState.Fenced => ["coins", "users", "policies", "imports"],
        _ => [],
    };

    private string? FallbackFault() => gate.Writes == FailoverWrites.Fallback ? writer.FallbackFault : null;

    private FailoverMirrorReading MirrorReading()
    {
        var status = fallback.Status;
        return new FailoverMirrorReading(
            status.State.ToString().ToLowerInvariant(), status.Reason, status.Since, status.Missed, status.State is MirrorState.Following or MirrorState.Leading);
    }
}
