using System.Text.Json;
using System.Text.Json.Serialization;
using Dapper;
using GavatDashboard.Features.Imports;
using GavatDashboard.Stores.Sqlite.Console;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Stores.Sqlite.Imports;

/// <summary>Keeps the record of imports in <c>imports.db</c>: a file of its own, since it grows with what people send and nothing else depends on it.</summary>
internal sealed class SqliteImportLog : IImportLog, IDisposable
{
    private const int BusyTimeoutSeconds = 10;
    private const string Schema = """
        PRAGMA journal_mode = WAL;
        CREATE TABLE IF NOT EXISTS imports (
            id            TEXT PRIMARY KEY NOT NULL,
            state         TEXT NOT NULL,
            submitted_at  INTEGER NOT NULL,
            status        TEXT NOT NULL,
            rejected      TEXT NOT NULL
        ) STRICT;
        CREATE INDEX IF NOT EXISTS ix_imports_submitted_at ON imports (submitted_at DESC);
        """;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private readonly string _path;
    private readonly string _connectionString;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private bool _isReady;

    public SqliteImportLog(IOptions<DataOptions> options)
    {
        _path = Path.Combine(options.Value.FullPath, "imports.db");
        _connectionString = new SqliteConnectionStringBuilder { DataSource = _path, DefaultTimeout = BusyTimeoutSeconds }.ToString();
    }

    public async Task SaveAsync(ImportStatus status, CancellationToken cancellationToken)
    {
        const string Sql = """
            INSERT INTO imports (id, state, submitted_at, status, rejected) VALUES (@id, @state, @submittedAt, @status, @rejected)
            ON CONFLICT (id) DO UPDATE SET state = excluded.state, status = excluded.status, rejected = excluded.rejected
            """;
        await using var connection = await OpenAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            Sql,
            new
            {
                id = status.Id,
                state = status.State.ToString(),
                submittedAt = status.SubmittedAt.ToUnixTimeMilliseconds(),
                status = JsonSerializer.Serialize(status with { Rejected = [] }, Json),
                rejected = JsonSerializer.Serialize(status.Rejected, Json),
            },
            cancellationToken: cancellationToken));
    }

    public async Task<ImportStatus?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
            "SELECT status AS Status, rejected AS Rejected FROM imports WHERE id = @id", new { id }, cancellationToken: cancellationToken));
        return row is null ? null : Read(row.Status) with { Rejected = JsonSerializer.Deserialize<RejectedLine[]>(row.Rejected, Json)! };
    }

    public async Task<IReadOnlyList<ImportStatus>> ListAsync(int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, 1_000);
        await using var connection = await OpenAsync(cancellationToken);
        var rows = await connection.QueryAsync<string>(new CommandDefinition(
            "SELECT status FROM imports ORDER BY submitted_at DESC, id DESC LIMIT @limit", new { limit }, cancellationToken: cancellationToken));
        return [.. rows.Select(Read)];
    }

    public async Task<IReadOnlyList<ImportStatus>> ListRunningAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        var rows = await connection.QueryAsync<string>(new CommandDefinition(
            "SELECT status FROM imports WHERE state = @state", new { state = nameof(ImportState.Running) }, cancellationToken: cancellationToken));
        return [.. rows.Select(Read)];
    }

    public void Dispose()
    {
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
        _gate.Dispose();
    }

    private static ImportStatus Read(string json) =>
        JsonSerializer.Deserialize<ImportStatus>(json, Json) ?? throw new InvalidOperationException("The record of an import is empty.");

    private async Task<SqliteConnection> OpenAsync(CancellationToken cancellationToken)
    {
        await EnsureReadyAsync(cancellationToken);
        var connection = new SqliteConnection(_connectionString);
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    private async Task EnsureReadyAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _isReady))
        {
            return;
        }

        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!_isReady)
            {
                ConsoleFiles.EnsurePrivateDirectory(Path.GetDirectoryName(_path)!);
                ConsoleFiles.EnsurePrivateFile(_path);
                await using var connection = new SqliteConnection(_connectionString);
                await connection.OpenAsync(cancellationToken);
                await connection.ExecuteAsync(new CommandDefinition(Schema, cancellationToken: cancellationToken));
                Volatile.Write(ref _isReady, true);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private sealed record Row(string Status, string Rejected);
}
