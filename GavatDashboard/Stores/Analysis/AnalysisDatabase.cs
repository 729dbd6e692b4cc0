using System.Data;
using System.Data.Common;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Sqlite;
using Npgsql;

namespace GavatDashboard.Stores.Analysis;

/// <summary>A SQL store as the analyzer uses it: reads of one instant, and writes of its own tables.</summary>
internal abstract class AnalysisDatabase
{
    /// <summary>The name of this store in <c>erko_copies</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The store's ways.</summary>
    public abstract AnalysisDialect Dialect { get; }

    /// <summary>Runs queries that all see one instant.</summary>
    public abstract Task<T> ReadAsync<T>(Func<DbConnection, DbTransaction, Task<T>> query, CancellationToken cancellationToken);

    /// <summary>Runs commands in one transaction and commits.</summary>
    public abstract Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> command, CancellationToken cancellationToken);
}

/// <summary>PostgreSQL.</summary>
internal sealed class PostgresAnalysisDatabase(NpgsqlDataSource source) : AnalysisDatabase
{
    public override string Name => "postgresql";

    public override AnalysisDialect Dialect { get; } = AnalysisDialect.Postgres;

    public override Task<T> ReadAsync<T>(Func<DbConnection, DbTransaction, Task<T>> query, CancellationToken cancellationToken) =>
        RunAsync(IsolationLevel.RepeatableRead, query, cancellationToken);

    public override Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> command, CancellationToken cancellationToken) =>
        RunAsync(IsolationLevel.ReadCommitted, command, cancellationToken);

    private Task<T> RunAsync<T>(IsolationLevel isolation, Func<DbConnection, DbTransaction, Task<T>> work, CancellationToken cancellationToken) =>
        PostgresErrors.GuardAsync(mayHaveHappened: false, async () =>
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(isolation, cancellationToken);
            var result = await work(connection, transaction);
            await transaction.CommitAsync(cancellationToken);
            return result;
        });
}

/// <summary>A SQLite file.</summary>
internal sealed class SqliteAnalysisDatabase(SqliteDatabase database, string name) : AnalysisDatabase
{
    public override string Name => name;

    public override AnalysisDialect Dialect { get; } = AnalysisDialect.Sqlite;

    public override Task<T> ReadAsync<T>(Func<DbConnection, DbTransaction, Task<T>> query, CancellationToken cancellationToken) =>
        RunAsync(isDeferred: true, query, cancellationToken);

    public override async Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> command, CancellationToken cancellationToken)
    {
        using var turn = await database.EnterWriterAsync(cancellationToken);
        return await RunAsync(isDeferred: false, command, cancellationToken);
    }

    private Task<T> RunAsync<T>(bool isDeferred, Func<DbConnection, DbTransaction, Task<T>> work, CancellationToken cancellationToken) =>
        SqliteErrors.GuardAsync(
            mayHaveHappened: false,
            async () =>
            {
                await using var connection = await database.OpenAsync(cancellationToken);
                await using var transaction = connection.BeginTransaction(isDeferred);
                var result = await work(connection, transaction);
                transaction.Commit();
                return result;
            },
            cancellationToken);
}

/// <summary>The analyzer's two stores, and which of them counts now.</summary>
internal sealed class AnalysisDatabases(AnalysisDatabase primary, AnalysisDatabase fallback, ILedgerStores stores)
{
    /// <summary>Beside the primary ledger.</summary>
    public AnalysisDatabase Primary => primary;

    /// <summary>Beside the fallback.</summary>
    public AnalysisDatabase Fallback => fallback;

    /// <summary>Beside the ledger whose word counts now.</summary>
    public AnalysisDatabase Current => ReferenceEquals(stores.Current, stores.Fallback) ? fallback : primary;
}
