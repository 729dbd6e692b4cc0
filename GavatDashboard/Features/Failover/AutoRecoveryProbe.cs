using System.Globalization;
using GavatDashboard.Domain.Health;

namespace GavatDashboard.Features.Failover;

/// <summary>Whether the failover coordinator does its work: did its loop tick in time, in which state is it, can it write its journal.</summary>
internal sealed class AutoRecoveryProbe(IRecoveryStatus recovery) : IComponentProbe
{
    /// <summary>What this version's coordinator does and does not, for a person.</summary>
    public const string Scope = "It watches the primary and keeps the journal; it does not move coin operations to SQLite by itself.";

    /// <inheritdoc />
    public string ComponentId => ComponentIds.AutoRecovery;

    /// <inheritdoc />
    public string DisplayName => ComponentIds.NameOf(ComponentId);

    /// <inheritdoc />
    public Task<ProbeAnswer> ProbeAsync(CancellationToken cancellationToken)
    {
        var status = recovery.Current;
        var (health, reason) = Judge(status);
        return Task.FromResult(new ProbeAnswer(health, reason, Describe(status)));
    }

    private static (ComponentStatus Status, string Reason) Judge(RecoveryStatus status) => status switch
    {
        { SinceTick: null } => (ComponentStatus.Unknown, "Its loop has not ticked yet."),
        { IsOverdue: true, SinceTick: { } since } => (ComponentStatus.Unhealthy, Text($"Its loop has not ticked for {since.TotalSeconds:0.0} s.")),
        { State: RecoveryState.Suspect } => (
            ComponentStatus.Degraded,
            Text($"SUSPECT since {status.Since:HH:mm:ss} UTC, the primary takes no writes: {status.Reason.TrimEnd('.')}. {Scope} They wait until the primary is back.")),
        { JournalFault: { } fault } => (ComponentStatus.Degraded, $"Its journal cannot be used: {fault}"),
        { SinceTick: { } since } => (
            ComponentStatus.Healthy,
            Text($"PRIMARY since {status.Since:HH:mm:ss} UTC, ticked {since.TotalSeconds:0.0} s ago: {status.Reason}")),
    };

    private static Dictionary<string, string> Describe(RecoveryStatus status)
    {
        Dictionary<string, string> details = new(StringComparer.Ordinal)
        {
            ["state"] = status.State.ToString().ToUpperInvariant(),
            ["automation"] = Scope,
        };
        if (status.Since is { } since)
        {
            details["since"] = since.ToString("u", CultureInfo.InvariantCulture);
        }

        if (status.SinceTick is { } tick)
        {
            details["sinceTickSeconds"] = tick.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        }

        if (status.LastEntry is { } entry)
        {
            details["journal"] = Text($"{entry.At:u} {entry.From.ToString().ToUpperInvariant()} -> {entry.To.ToString().ToUpperInvariant()}: {entry.Reason}");
        }

        return details;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
