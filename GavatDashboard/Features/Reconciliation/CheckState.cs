using System.Text.Json.Serialization;

namespace GavatDashboard.Features.Reconciliation;

/// <summary>How far a check has come and what it last found. It outlives a restart.</summary>
public sealed record CheckState
{
    /// <summary>The check.</summary>
    public required string Name { get; init; }

    /// <summary>Where the next step of the running pass begins; empty for its beginning.</summary>
    public string Position { get; init; } = "";

    /// <summary>When the running pass began (UTC); null between two passes.</summary>
    public DateTimeOffset? PassStartedAt { get; init; }

    /// <summary>Entries or accounts compared in the running pass, or in the last one between two.</summary>
    public long Checked { get; init; }

    /// <summary>When the last pass that went through to the end ended (UTC), or null before the first.</summary>
    public DateTimeOffset? LastPassAt { get; init; }

    /// <summary>What that pass compared.</summary>
    public long LastPassChecked { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan LastPassTook { get; init; }

    /// <summary>The first thing that does not agree, or null. It stays until a pass goes through.</summary>
    public Finding? Mismatch { get; init; }

    /// <summary>When it was found (UTC).</summary>
    public DateTimeOffset? FoundAt { get; init; }

    /// <summary>Why nothing can be compared now, or null.</summary>
    [JsonIgnore]
    public Finding? Waiting { get; init; }

    /// <summary>When the next step is due (UTC).</summary>
    [JsonIgnore]
    public DateTimeOffset NextAt { get; init; }

    /// <summary>The running pass against the last one, 0 to 100; null before the first pass went through, and between two.</summary>
    [JsonIgnore]
    public double? ProgressPercent => PassStartedAt is null || LastPassAt is null ? null : Math.Min(100, 100.0 * Checked / Math.Max(1, LastPassChecked));

    /// <summary>The state after a step.</summary>
    /// <param name="step">What it came to.</param>
    /// <param name="now">When it ended (UTC).</param>
    /// <param name="options">The pauses.</param>
    internal CheckState After(CheckStep step, DateTimeOffset now, ReconciliationOptions options)
    {
        if (step.Waiting is { } reason)
        {
            return this with { Waiting = reason, NextAt = now + options.RetryAfter };
        }

        var going = this with { PassStartedAt = PassStartedAt ?? now, Checked = (PassStartedAt is null ? 0 : Checked) + step.Checked, Waiting = null, NextAt = now };
        if (step.Next is { } next)
        {
            return going with { Position = next };
        }

        var ended = going with { Position = "", PassStartedAt = null };
        return step.Mismatch is { } mismatch
            ? ended with { Mismatch = mismatch, FoundAt = FoundAt ?? now, NextAt = now + options.RetryAfter }
            : ended with
            {
                Mismatch = null,
                FoundAt = null,
                LastPassAt = now,
                LastPassChecked = going.Checked,
                LastPassTook = now - going.PassStartedAt!.Value,
                NextAt = now + options.RestBetweenPasses,
            };
    }
}
