using System.Text.Json;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;

namespace GavatDashboard.Stores.Sqlite.Console;

/// <inheritdoc cref="IIncidentArchive"/>
internal sealed class SqliteIncidentArchive(ConsoleDatabase database) : IIncidentArchive
{
    private const string Columns =
        "id AS Id, subject AS Subject, started_at_ms AS StartedAtMs, ended_at_ms AS EndedAtMs, severity AS Severity, cause AS Cause, timeline AS Timeline, acknowledged_by AS AcknowledgedBy, acknowledged_at_ms AS AcknowledgedAtMs";

    public Task KeepAsync(IReadOnlyList<Incident> incidents, CancellationToken cancellationToken) => database.WriteAsync(
        async sql =>
        {
            foreach (var incident in incidents)
            {
                await sql.ExecuteAsync(
                    """
                    INSERT INTO incidents (id, subject, started_at_ms, ended_at_ms, severity, cause, timeline) VALUES (@Id, @Subject, @StartedAtMs, @EndedAtMs, @Severity, @Cause, @Timeline)
                    ON CONFLICT (id) DO UPDATE SET ended_at_ms = excluded.ended_at_ms, severity = excluded.severity, cause = excluded.cause, timeline = excluded.timeline
                    """,
                    new
                    {
                        Id = incident.Id.ToString("N"), Subject = incident.ComponentId, StartedAtMs = incident.StartedAt.ToUnixTimeMilliseconds(),
                        EndedAtMs = incident.EndedAt?.ToUnixTimeMilliseconds(), Severity = incident.Severity.ToString(), incident.Cause, Timeline = JsonSerializer.Serialize(incident.Timeline),
                    });
            }

            return true;
        },
        cancellationToken);

    public Task<IReadOnlyList<IncidentCase>> ListAsync(IncidentQuery query, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, 1_000);
        var state = query.State switch
        {
            IncidentState.Open => "AND ended_at_ms IS NULL AND acknowledged_by IS NULL",
            IncidentState.Acknowledged => "AND ended_at_ms IS NULL AND acknowledged_by IS NOT NULL",
            IncidentState.Closed => "AND ended_at_ms IS NOT NULL",
            _ => "",
        };
        return database.ReadAsync(
            sql => ReadAsync(
                sql,
                $"SELECT {Columns} FROM incidents WHERE (@Subject IS NULL OR subject = @Subject) AND (@BeforeMs IS NULL OR started_at_ms < @BeforeMs) {state} ORDER BY started_at_ms DESC, id DESC LIMIT @Limit",
                new { query.Subject, BeforeMs = query.Before?.ToUnixTimeMilliseconds(), query.Limit }),
            cancellationToken);
    }

    public async Task<IncidentCase?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        (await database.ReadAsync(sql => ReadAsync(sql, $"SELECT {Columns} FROM incidents WHERE id = @Id", new { Id = id.ToString("N") }), cancellationToken)).SingleOrDefault();

    public Task<bool> AcknowledgeAsync(Guid id, IncidentAcknowledgement acknowledgement, CancellationToken cancellationToken) => database.WriteAsync(
        async sql => await sql.ExecuteAsync(
            "UPDATE incidents SET acknowledged_by = @Actor, acknowledged_at_ms = @AtMs WHERE id = @Id AND acknowledged_by IS NULL",
            new { Id = id.ToString("N"), acknowledgement.Actor, AtMs = acknowledgement.At.ToUnixTimeMilliseconds() }) == 1,
        cancellationToken);

    public Task<bool> AddNoteAsync(Guid id, IncidentNote note, CancellationToken cancellationToken) => database.WriteAsync(
        async sql => await sql.ExecuteAsync(
            "INSERT INTO incident_notes (id, incident_id, at_ms, actor, text) SELECT @NoteId, id, @AtMs, @Actor, @Text FROM incidents WHERE id = @Id",
            new { Id = id.ToString("N"), NoteId = note.Id.ToString("N"), AtMs = note.At.ToUnixTimeMilliseconds(), note.Actor, note.Text }) == 1,
        cancellationToken);

    private static async Task<IReadOnlyList<IncidentCase>> ReadAsync(ConsoleSql sql, string select, object parameters)
    {
        var rows = (await sql.QueryAsync<IncidentRow>(select, parameters)).ToList();
        var notes = (await sql.QueryAsync<NoteRow>(
            "SELECT id AS Id, incident_id AS IncidentId, at_ms AS AtMs, actor AS Actor, text AS Text FROM incident_notes WHERE incident_id IN @Ids ORDER BY at_ms, id",
            new { Ids = rows.Select(row => row.Id) })).ToLookup(note => note.IncidentId, note => new IncidentNote(Guid.Parse(note.Id), ConsoleTime.From(note.AtMs), note.Actor, note.Text));
        return [.. rows.Select(row => row.ToCase([.. notes[row.Id]]))];
    }

    private sealed record IncidentRow(
        string Id, string Subject, long StartedAtMs, long? EndedAtMs, string Severity, string Cause, string Timeline, string? AcknowledgedBy, long? AcknowledgedAtMs)
    {
        public IncidentCase ToCase(IReadOnlyList<IncidentNote> notes) => new(
            new Incident
            {
                Id = Guid.Parse(Id),
                ComponentId = Subject,
                StartedAt = ConsoleTime.From(StartedAtMs),
                EndedAt = ConsoleTime.From(EndedAtMs),
                Severity = Enum.Parse<IncidentSeverity>(Severity),
                Cause = Cause,
                Timeline = JsonSerializer.Deserialize<IReadOnlyList<IncidentChange>>(Timeline)!,
            },
            AcknowledgedBy is { } actor ? new IncidentAcknowledgement(actor, ConsoleTime.From(AcknowledgedAtMs!.Value)) : null,
            notes);
    }

    private sealed record NoteRow(string Id, string IncidentId, long AtMs, string Actor, string Text);
}
