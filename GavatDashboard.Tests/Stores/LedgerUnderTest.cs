using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Analysis;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Stores.Sqlite;
using GavatDashboard.Tests.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace GavatDashboard.Tests.Stores;

/// <summary>An empty, migrated ledger of its own with a clock that the test sets.</summary>
public abstract class LedgerUnderTest : IAsyncLifetime
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 14, 12, 0, 0, TimeSpan.Zero);

    internal ILedgerStorage Ledger { get; private protected set; } = null!;

    /// <summary>The same store, as the analyzer uses it.</summary>
    internal AnalysisDatabase Analysis { get; private protected set; } = null!;

    internal IOutbox Outbox => (IOutbox)Ledger;

    public SettableClock Clock { get; } = new() { Now = Noon };

    public abstract Task InitializeAsync();

    public abstract Task DisposeAsync();

    internal async Task<OperationResult> DoAsync(LedgerOperation operation) =>
        (await Ledger.ExecuteAsync([operation], CancellationToken.None))[0];

    internal async Task CreateUserAsync(string userId, UserType type = UserType.Member) =>
        Assert.IsType<OperationResult.UserCreated>(await DoAsync(Operations.Create(userId, type)));
}

public sealed class PostgresUnderTest : LedgerUnderTest
{
    private PostgresDatabase? _database;
    private NpgsqlDataSource? _source;

    public string ConnectionString => _database!.ConnectionString;

    public override async Task InitializeAsync()
    {
        _database = await (await TestServers.PostgresAsync()).CreateDatabaseAsync();
        await PostgresMigrations.RunAsync(ConnectionString, NullLogger.Instance, CancellationToken.None);
        _source = PostgresSource.Create(ConnectionString + ";Minimum Pool Size=0", NullLoggerFactory.Instance);
        Ledger = new PostgresLedger(_source, Clock);
        Analysis = new PostgresAnalysisDatabase(_source);
    }

    public override async Task DisposeAsync()
    {
        if (Ledger is PostgresLedger ledger)
        {
            await ledger.DisposeAsync();
        }

        if (_source is not null)
        {
            await _source.DisposeAsync();
        }

        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }
}

public sealed class SqliteUnderTest : LedgerUnderTest
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gavat-ledger-").FullName;
    private SqliteDatabase? _database;

    internal SqliteDatabase Database => _database!;

    public override Task InitializeAsync()
    {
        _database = new SqliteDatabase(Path.Combine(_folder, "ledger.db"));
        SqliteMigrations.Run(_database, NullLogger.Instance);
        Ledger = new SqliteLedger(_database, Clock);
        Analysis = new SqliteAnalysisDatabase(_database, "sqlite");
        return Task.CompletedTask;
    }

    public override async Task DisposeAsync()
    {
        await _database!.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>A clock that stands still until a test sets it, forward or back.</summary>
public sealed class SettableClock : TimeProvider
{
    public DateTimeOffset Now { get; set; }

    public override DateTimeOffset GetUtcNow() => Now;
}

/// <summary>Makes operations with as few words as a test needs.</summary>
internal static class Operations
{
    public static CreateUser Create(string userId, UserType type = UserType.Member) =>
        new() { IdempotencyKey = $"create:{Guid.NewGuid():N}", Actor = "test", UserId = userId, Username = $"name-of-{userId}", Type = type };

    public static PostCoins Post(string userId, string type, long? amount = null, string? key = null) => new()
    {
        IdempotencyKey = key ?? $"post:{Guid.NewGuid():N}",
        Actor = "test",
        UserId = userId,
        Type = EntryType.FromStore(type),
        Amount = amount is { } coins ? new CoinAmount(coins) : null,
    };

    public static ReverseEntry Reverse(Entry entry, string? key = null) => new()
    {
        IdempotencyKey = key ?? $"reverse:{Guid.NewGuid():N}",
        Actor = "test",
        UserId = entry.UserId,
        OriginalEntryId = entry.Id,
        Reason = "posted by mistake",
    };

    public static OperationResult.Posted Posted(this OperationResult result) => Assert.IsType<OperationResult.Posted>(result);

    public static Refusal Refused(this OperationResult result) => Assert.IsType<OperationResult.Refused>(result).Refusal;
}
