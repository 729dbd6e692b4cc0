using System.Runtime.CompilerServices;
using System.Text.Json;
using GavatDashboard.Features.Audit;

namespace GavatDashboard.Stores.Sqlite.Console;

/// <inheritdoc cref="IAuditLog"/>
internal sealed partial class SqliteAuditLog(ConsoleDatabase database, TimeProvider time, ILogger<SqliteAuditLog> logger) : IAuditLog
{
    private const int PieceRows = 500;

    private const string Columns =
        """
        seq AS Seq, at_ms AS AtMs, actor AS Actor, action AS Action, target AS Target, reason AS Reason,
        details_json AS DetailsJson, previous_hash AS PreviousHash, hash AS Hash
        """;

    private const string FilterSql =
        """
        WHERE (@Actor IS NULL OR instr(lower(actor), lower(@Actor)) > 0)
          AND (@Action IS NULL OR substr(action, 1, length(@Action)) = @Action)
          AND (@Target IS NULL OR instr(target, @Target) > 0)
          AND (@FromMs IS NULL OR at_ms >= @FromMs)
          AND (@ToMs IS NULL OR at_ms < @ToMs)
        """;

    public async Task<AuditEntry> AppendAsync(string actor, string action, string? target, string? reason, string? detailsJson, CancellationToken ct)
    {
        RequireText(actor, 200, nameof(actor));
        RequireText(action, 100, nameof(action));
        RequireJson(detailsJson);
        var entry = await database.WriteAsync(sql => AppendAsync(sql, actor, action, target, reason, detailsJson), ct);

        // The hash in the log is a witness outside the file: whoever rewrites the whole chain has to rewrite the logs too.
        LogAppended(entry.Seq, entry.Action, entry.Hash);
        return entry;
    }

    public Task<AuditVerification> VerifyAsync(CancellationToken ct) => database.ReadAsync(
        async sql =>
        {
            var checker = new AuditChainCheck();
            await using (var snapshot = sql.Connection.BeginTransaction(deferred: true))
            {
                var reader = new ConsoleSql(sql.Connection, snapshot, ct);
                IReadOnlyList<AuditRow> piece;
                do
                {
                    piece = [.. await reader.QueryAsync<AuditRow>(
                        $"SELECT {Columns} FROM audit_entries WHERE seq > @After ORDER BY seq LIMIT {PieceRows}",
                        new { After = checker.LastSeq })];
                    if (!piece.All(row => checker.Accept(row.ToEntry(), row.AtMs)))
                    {
                        return checker.Result;
                    }
                }
                while (piece.Count == PieceRows);

                var (headSeq, headHash) = await reader.ScalarAsync<(long, string)>("SELECT seq, hash FROM audit_head WHERE id = 1");
                checker.CompareHead(headSeq, headHash);
            }

            return checker.Result;
        },
        ct);

    public Task<AuditPage> QueryAsync(AuditFilter filter, int pageIndex, int pageSize, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(pageIndex);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pageSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pageSize, 1000);
        return database.ReadAsync(
            async sql =>
            {
                var parameters = FilterParameters.From(filter, after: 0, take: pageSize, skip: (long)pageIndex * pageSize);
                var total = await sql.ScalarAsync<long>($"SELECT COUNT(*) FROM audit_entries {FilterSql}", parameters);
                var rows = await sql.QueryAsync<AuditRow>(
                    $"SELECT {Columns} FROM audit_entries {FilterSql} ORDER BY seq DESC LIMIT @Take OFFSET @Skip", parameters);
                return new AuditPage([.. rows.Select(row => row.ToEntry())], total);
            },
            ct);
    }

    public Task<IReadOnlyList<AuditEntry>> ListAsync(AuditFilter filter, long? beforeSeq, int limit, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, 1000);
        return database.ReadAsync<IReadOnlyList<AuditEntry>>(
            async sql =>
            {
                var parameters = FilterParameters.From(filter, after: beforeSeq ?? long.MaxValue, take: limit, skip: 0);
                var rows = await sql.QueryAsync<AuditRow>(
                    $"SELECT {Columns} FROM audit_entries {FilterSql} AND seq < @After ORDER BY seq DESC LIMIT @Take", parameters);
                return [.. rows.Select(row => row.ToEntry())];
            },
            ct);
    }

    public async IAsyncEnumerable<AuditEntry> ReadAsync(AuditFilter filter, [EnumeratorCancellation] CancellationToken ct)
    {
        long after = 0;
        while (true)
        {
            var parameters = FilterParameters.From(filter, after, PieceRows, skip: 0);
            var piece = (await database.ReadAsync(
                sql => sql.QueryAsync<AuditRow>($"SELECT {Columns} FROM audit_entries {FilterSql} AND seq > @After ORDER BY seq LIMIT @Take", parameters), ct)).ToList();
            foreach (var row in piece)
            {
                yield return row.ToEntry();
            }

            if (piece.Count < PieceRows)
            {
                yield break;
            }

            after = piece[^1].Seq;
        }
    }

    private async Task<AuditEntry> AppendAsync(ConsoleSql sql, string actor, string action, string? target, string? reason, string? detailsJson)
    {
        var (headSeq, previousHash) = await sql.ScalarAsync<(long, string)>("SELECT seq, hash FROM audit_head WHERE id = 1");
        var seq = headSeq + 1;
        var atMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        var hash = AuditHash.Compute(previousHash, seq, atMs, actor, action, target, reason, detailsJson);
        var row = new AuditRow(seq, atMs, actor, action, target, reason, detailsJson, previousHash, hash);
        await sql.ExecuteAsync(
            """
            INSERT INTO audit_entries (seq, at_ms, actor, action, target, reason, details_json, previous_hash, hash)
            VALUES (@Seq, @AtMs, @Actor, @Action, @Target, @Reason, @DetailsJson, @PreviousHash, @Hash);
            UPDATE audit_head SET seq = @Seq, hash = @Hash WHERE id = 1;
            """,
            row);
        return row.ToEntry();
    }

    private static void RequireText(string text, int maxLength, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text, name);
        if (text.Length > maxLength)
        {
            throw new ArgumentException($"At most {maxLength} characters.", name);
        }
    }

    private static void RequireJson(string? detailsJson)
    {
        if (detailsJson is null)
        {
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(detailsJson);
        }
        catch (JsonException problem)
        {
            throw new ArgumentException("The details must be a JSON document.", nameof(detailsJson), problem);
        }
    }

    [LoggerMessage(EventId = 7001, Level = LogLevel.Information, Message = "Audit entry {Seq} {Action}, chain hash {Hash}")]
    private partial void LogAppended(long seq, string action, string hash);

    private sealed record AuditRow(
        long Seq, long AtMs, string Actor, string Action, string? Target, string? Reason, string? DetailsJson, string PreviousHash, string Hash)
    {
        public AuditEntry ToEntry() =>
            new(Seq, DateTimeOffset.FromUnixTimeMilliseconds(AtMs), Actor, Action, Target, Reason, DetailsJson, PreviousHash, Hash);
    }

    private sealed record FilterParameters(string? Actor, string? Action, string? Target, long? FromMs, long? ToMs, long After, int Take, long Skip)
    {
        public static FilterParameters From(AuditFilter filter, long after, int take, long skip) => new(
            Blank(filter.Actor),
            Blank(filter.Action),
            Blank(filter.Target),
            filter.From?.ToUnixTimeMilliseconds(),
            filter.To?.ToUnixTimeMilliseconds(),
            after,
            take,
            skip);

        private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
    }
}
