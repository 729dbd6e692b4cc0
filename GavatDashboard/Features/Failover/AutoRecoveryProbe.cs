using System.Globalization;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Domain.Health;

namespace GavatDashboard.Features.Failover;

/// <summary>Whether the failover coordinator does its work: did it do its round in time, in which state is it, can it write its journal.</summary>
internal sealed class AutoRecoveryProbe(FailoverCoordinator coordinator, TimeProvider time) : IComponentProbe
{
    /// <inheritdoc />
    public string ComponentId => ComponentIds.AutoRecovery;

    /// <inheritdoc />
    public string DisplayName => ComponentIds.NameOf(ComponentId);

    /// <inheritdoc />
    public Task<ProbeAnswer> ProbeAsync(CancellationToken cancellationToken)
    {
        var snapshot = coordinator.Current;
        var (health, reason) = Judge(snapshot, time.GetUtcNow());
        return Task.FromResult(new ProbeAnswer(health, reason, Describe(snapshot)));
    }

    /// <summary>What a state means for the component's health.</summary>
    internal static (ComponentStatus Status, string Reason) Judge(FailoverSnapshot snapshot, DateTimeOffset now)
    {
        if (snapshot.TickedAt is not { } ticked)
        {
            return (ComponentStatus.Unknown, "It has not asked the primary yet.");
        }

        if (snapshot.IsOverdue)
        {
            return (ComponentStatus.Unhealthy, Text($"Its last round began {(now - ticked).TotalSeconds:0.0} s ago."));
        }

        var state = Text($"{snapshot.State.ToCode().ToUpperInvariant()} since {snapshot.Since:HH:mm:ss} UTC");
        var paused = snapshot.IsPaused ? " The automation is paused." : string.Empty;
        return snapshot.State switch
        {
            FailoverState.Primary when snapshot.JournalFault is { } fault => (ComponentStatus.Degraded, $"{state}, but its state cannot be written down: {fault}"),
            FailoverState.Primary when !snapshot.Mirror.MayTakeOver => (ComponentStatus.Degraded, $"{state}, but the fallback could not take over: {snapshot.Mirror.Reason}"),
            FailoverState.Primary when snapshot.IsPaused => (ComponentStatus.Degraded, $"{state}.{paused}"),
            FailoverState.Primary => (ComponentStatus.Healthy, $"{state}: {snapshot.Reason}"),
            FailoverState.Following => JudgeFollower(snapshot, state, now),
            FailoverState.ReadOnly => (ComponentStatus.Unhealthy, $"{state}, writes are refused: {snapshot.Reason}"),
            FailoverState.Fenced => (ComponentStatus.Unhealthy, $"{state}, writes are refused: {snapshot.Reason}"),
            FailoverState.Fallback or FailoverState.Recovering or FailoverState.RecoveryBlocked when snapshot.FallbackFault is { } fault =>
                (ComponentStatus.Unhealthy, $"{state}, and the fallback does not take writes: {fault}"),
            FailoverState.RecoveryBlocked => (ComponentStatus.Unhealthy, $"{state}, the fallback takes the writes and a person has to decide: {snapshot.Reason}"),
            FailoverState.Fallback or FailoverState.Recovering => (ComponentStatus.Degraded, $"{state}, the fallback takes the writes: {snapshot.Reason}{paused}"),
            _ => (ComponentStatus.Degraded, $"{state}, writes wait: {snapshot.Reason}{paused}"),
        };
    }

    /// <summary>A follower does its work where the owner is heard; who owns the ledger is no fault of it.</summary>
    private static (ComponentStatus Status, string Reason) JudgeFollower(FailoverSnapshot snapshot, string state, DateTimeOffset now)
    {
        if (snapshot.Owner.Length == 0)
        {
            return (ComponentStatus.Degraded, $"{state}: it is not known which instance owns the ledger.");
        }

        if (snapshot.OwnerFault is { } fault)
        {
            return (ComponentStatus.Unhealthy, $"{state}, and writes cannot be forwarded: {fault}");
        }

        return snapshot.OwnerHeardAt is { } heard && now - heard < snapshot.SilentAfter
            ? (ComponentStatus.Healthy, Text($"{state}: writes are forwarded to '{snapshot.Owner}', heard {(now - heard).TotalSeconds:0.0} s ago."))
            : (ComponentStatus.Unhealthy, snapshot.OwnerHeardAt is { } last
                ? Text($"{state}: '{snapshot.Owner}' owns the ledger and has not been heard for {(now - last).TotalSeconds:0} s. If it does not come back, an admin can take the ledger over.")
                : $"{state}: '{snapshot.Owner}' owns the ledger and was never heard. If it does not come back, an admin can take the ledger over.");
    }

    private static Dictionary<string, string> Describe(FailoverSnapshot snapshot)
    {
        Dictionary<string, string> details = new(StringComparer.Ordinal)
        {
            ["state"] = snapshot.State.ToCode().ToUpperInvariant(),
            ["since"] = snapshot.Since.ToString("u", CultureInfo.InvariantCulture),
            ["epoch"] = snapshot.Epoch.ToString(CultureInfo.InvariantCulture),
            ["writes"] = snapshot.Writes.ToString().ToLowerInvariant(),
            ["automation"] = snapshot.IsPaused ? "paused" : "on",
            ["mirror"] = snapshot.Mirror.State,
            ["role"] = snapshot.Role,
            ["owner"] = snapshot.Owner,
        };
        if (snapshot.Journal is [var last, ..])
        {
            details["journal"] = Text($"{last.At:u} {last.From.ToCode().ToUpperInvariant()} -> {last.To.ToCode().ToUpperInvariant()}: {last.Reason}");
        }

        return details;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
