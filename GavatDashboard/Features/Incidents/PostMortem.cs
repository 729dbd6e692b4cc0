using System.Globalization;
using System.Text;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Failover;

namespace GavatDashboard.Features.Incidents;

/// <summary>All that is known of an incident, for whoever writes up what happened.</summary>
/// <param name="Case">The incident.</param>
/// <param name="Subject">What it is about, for people.</param>
/// <param name="State">How it stands.</param>
/// <param name="DurationSeconds">How long it took, or has taken so far.</param>
/// <param name="Probes">Probes of the component while it lasted, as far as they are still kept.</param>
/// <param name="FailedProbes">Those of them that found it down.</param>
/// <param name="Failover">What the failover coordinator did in that time.</param>
/// <param name="WrittenAt">When this was written (UTC).</param>
public sealed record PostMortem(IncidentCase Case, string Subject, IncidentState State, double DurationSeconds, long Probes, long FailedProbes, IReadOnlyList<FailoverJournalEntry> Failover, DateTimeOffset WrittenAt)
{
    /// <summary>Puts it together.</summary>
    /// <param name="known">The incident.</param>
    /// <param name="minutes">Minutes of the component while it lasted.</param>
    /// <param name="failover">What the failover coordinator did while it lasted.</param>
    /// <param name="now">Now (UTC).</param>
    public static PostMortem Of(IncidentCase known, IReadOnlyList<LatencyBucket> minutes, IReadOnlyList<FailoverJournalEntry> failover, DateTimeOffset now)
    {
        var during = minutes.Where(minute => minute.StartedAt <= (known.Incident.EndedAt ?? now)).ToList();
        return new(
            known, IncidentSubjects.NameOf(known.Incident.ComponentId), known.State, Math.Round(known.Incident.Duration(now).TotalSeconds, 1),
            during.Sum(minute => (long)minute.Stats.Count + minute.Stats.Failures), during.Sum(minute => (long)minute.Stats.Failures), failover, now);
    }

    /// <summary>The same as a Markdown document with room for what people have to add.</summary>
    public string ToMarkdown()
    {
        var incident = Case.Incident;
        var text = new StringBuilder();
        Line($"# {Subject}: {Escape(incident.Cause)}");
        Line($"");
        Line($"| | |");
        Line($"| --- | --- |");
        Line($"| Incident | {incident.Id:D} |");
        Line($"| Severity | {incident.Severity.ToString().ToLowerInvariant()} |");
        Line($"| State | {State.ToString().ToLowerInvariant()} |");
        Line($"| Started (UTC) | {Time(incident.StartedAt)} |");
        Line($"| Ended (UTC) | {(incident.EndedAt is { } ended ? Time(ended) : "not yet")} |");
        Line($"| Duration | {TimeSpan.FromSeconds(DurationSeconds):c} |");
        Line($"| Acknowledged | {(Case.Acknowledgement is { } taken ? $"{Escape(taken.Actor)}, {Time(taken.At)}" : "by nobody")} |");
        if (Probes > 0)
        {
            Line($"| Probes in these minutes | {Probes}, {FailedProbes} found it down |");
        }

        Line($"");
        Line($"## Timeline (UTC)");
        Line($"");
        Line($"| time | status | reason |");
        Line($"| --- | --- | --- |");
        foreach (var change in incident.Timeline)
        {
            Line($"| {Time(change.At)} | {change.Status.ToContract()} | {Escape(change.Reason)} |");
        }

        if (Failover.Count > 0)
        {
            Line($"");
            Line($"## Failover (UTC)");
            Line($"");
            Line($"| time | from | to | reason |");
            Line($"| --- | --- | --- | --- |");
            foreach (var change in Failover)
            {
                Line($"| {Time(change.At)} | {change.From.ToCode()} | {change.To.ToCode()} | {Escape(change.Reason)} |");
            }
        }

        Line($"");
        Line($"## Notes");
        Line($"");
        foreach (var note in Case.Notes)
        {
            Line($"- {Time(note.At)}, {Escape(note.Actor)}: {Escape(note.Text)}");
        }

        Line($"{(Case.Notes.Count == 0 ? "None." : "")}");
        foreach (var heading in (string[])["What happened", "Why it happened", "What was done", "What will be done so that it does not happen again"])
        {
            Line($"");
            Line($"## {heading}");
        }

        Line($"");
        Line($"Written by GavatDashboard at {Time(WrittenAt)} UTC.");
        return text.ToString();

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>Words from outside must not change the document: neither its tables nor its markup.</summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            escaped.Append(c switch
            {
                '\n' or '\r' or '\t' => " ",
                '\\' or '|' or '*' or '_' or '`' or '[' or ']' or '#' => $"\\{c}",
                '<' => "&lt;",
                '&' => "&amp;",
                _ => c.ToString(),
            });
        }

        return escaped.ToString();
    }
}
