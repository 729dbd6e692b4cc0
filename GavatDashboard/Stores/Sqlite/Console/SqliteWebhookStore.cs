using GavatDashboard.Features.Webhooks;

namespace GavatDashboard.Stores.Sqlite.Console;

/// <inheritdoc cref="IWebhookStore"/>
internal sealed class SqliteWebhookStore(ConsoleDatabase database) : IWebhookStore
{
    private const string Select =
        """
        SELECT id AS Id, endpoint AS Endpoint, event AS Event, incident_id AS IncidentId, body AS Body, created_at_ms AS CreatedAtMs, state AS State,
               attempts AS Attempts, due_at_ms AS DueAtMs, ended_at_ms AS EndedAtMs, problem AS Problem
        FROM webhook_deliveries
        """;

    public Task AddAsync(IReadOnlyList<WebhookDelivery> deliveries, CancellationToken cancellationToken) => database.WriteAsync(
        async sql =>
        {
            foreach (var delivery in deliveries)
            {
                await sql.ExecuteAsync(
                    """
                    INSERT INTO webhook_deliveries (id, endpoint, event, incident_id, body, created_at_ms, state, attempts, due_at_ms)
                    VALUES (@Id, @Endpoint, @Event, @IncidentId, @Body, @CreatedAtMs, @State, @Attempts, @DueAtMs)
                    """,
                    DeliveryRow.Of(delivery));
            }

            return true;
        },
        cancellationToken);

    public Task<WebhookDelivery?> FindNextAsync(string endpoint, CancellationToken cancellationToken) => FindOneAsync(
        """
        WHERE state = 'Waiting' AND endpoint = @endpoint
          AND NOT EXISTS (SELECT 1 FROM webhook_deliveries AS earlier
                          WHERE earlier.state = 'Waiting' AND earlier.endpoint = @endpoint AND earlier.incident_id = webhook_deliveries.incident_id AND earlier.sequence < webhook_deliveries.sequence)
        ORDER BY due_at_ms, sequence LIMIT 1
        """,
        new { endpoint },
        cancellationToken);

    public Task UpdateAsync(WebhookDelivery delivery, CancellationToken cancellationToken) => database.WriteAsync(
        sql => sql.ExecuteAsync(
            "UPDATE webhook_deliveries SET state = @State, attempts = @Attempts, due_at_ms = @DueAtMs, ended_at_ms = @EndedAtMs, problem = @Problem WHERE id = @Id", DeliveryRow.Of(delivery)),
        cancellationToken);

    public Task<WebhookDelivery?> FindAsync(Guid id, CancellationToken cancellationToken) => FindOneAsync("WHERE id = @Id", new { Id = id.ToString("N") }, cancellationToken);

    public Task<IReadOnlyList<WebhookDelivery>> ListAsync(Guid? incidentId, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, 1_000);
        return database.ReadAsync<IReadOnlyList<WebhookDelivery>>(
            async sql =>
            [
                .. (await sql.QueryAsync<DeliveryRow>(
                    $"{Select} WHERE @IncidentId IS NULL OR incident_id = @IncidentId ORDER BY sequence DESC LIMIT @limit", new { IncidentId = incidentId?.ToString("N"), limit })).Select(row => row.ToDelivery()),
            ],
            cancellationToken);
    }

    public Task<IReadOnlyDictionary<string, int>> CountWaitingAsync(CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyDictionary<string, int>>(
        async sql => (await sql.QueryAsync<(string Endpoint, long Count)>("SELECT endpoint, COUNT(*) FROM webhook_deliveries WHERE state = 'Waiting' GROUP BY endpoint"))
            .ToDictionary(row => row.Endpoint, row => (int)row.Count, StringComparer.Ordinal),
        cancellationToken);

    public Task GiveUpOthersAsync(IReadOnlyCollection<string> endpoints, string problem, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        sql => sql.ExecuteAsync(
            "UPDATE webhook_deliveries SET state = 'GivenUp', ended_at_ms = @NowMs, problem = @problem WHERE state = 'Waiting' AND endpoint NOT IN @endpoints",
            new { endpoints, problem, NowMs = now.ToUnixTimeMilliseconds() }),
        cancellationToken);

    public Task TrimAsync(DateTimeOffset before, CancellationToken cancellationToken) => database.WriteAsync(
        sql => sql.ExecuteAsync("DELETE FROM webhook_deliveries WHERE state <> 'Waiting' AND ended_at_ms < @BeforeMs", new { BeforeMs = before.ToUnixTimeMilliseconds() }), cancellationToken);

    private Task<WebhookDelivery?> FindOneAsync(string where, object parameters, CancellationToken cancellationToken) =>
        database.ReadAsync(async sql => (await sql.FindAsync<DeliveryRow>($"{Select} {where}", parameters))?.ToDelivery(), cancellationToken);

    private sealed record DeliveryRow(
        string Id, string Endpoint, string Event, string? IncidentId, string Body, long CreatedAtMs, string State, long Attempts, long DueAtMs, long? EndedAtMs, string? Problem)
    {
        public static DeliveryRow Of(WebhookDelivery delivery) => new(
            delivery.Id.ToString("N"), delivery.Endpoint, delivery.Event, delivery.IncidentId?.ToString("N"), delivery.Body, delivery.CreatedAt.ToUnixTimeMilliseconds(),
            delivery.State.ToString(), delivery.Attempts, delivery.DueAt.ToUnixTimeMilliseconds(), delivery.EndedAt?.ToUnixTimeMilliseconds(), delivery.Problem);

        public WebhookDelivery ToDelivery() => new()
        {
            Id = Guid.Parse(Id), Endpoint = Endpoint, Event = Event, IncidentId = IncidentId is { } incident ? Guid.Parse(incident) : null, Body = Body,
            CreatedAt = ConsoleTime.From(CreatedAtMs), State = Enum.Parse<DeliveryState>(State), Attempts = (int)Attempts, DueAt = ConsoleTime.From(DueAtMs),
            EndedAt = ConsoleTime.From(EndedAtMs), Problem = Problem,
        };
    }
}
