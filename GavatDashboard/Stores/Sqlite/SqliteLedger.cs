using System.Data.Common;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Sqlite;

/// <summary>The ledger in a SQLite file: the emergency fallback, and the primary's stand-in in embedded mode.</summary>
/// <param name="database">The file.</param>
/// <param name="time">The clock.</param>
/// <param name="keep">Runs in the transaction of every batch that is decided here; null for nothing.</param>
internal sealed class SqliteLedger(
    SqliteDatabase database, TimeProvider time, Action<SqliteConnection, SqliteTransaction, LedgerDelta>? keep = null) : ILedgerStorage, IOutbox
{
    private static readonly SqliteDialect Dialect = new();
    private readonly SqlLedgerReads _reads = new(Dialect);
    private readonly SqlLeaderboardReads _leaderboards = new(Dialect);
    private readonly SqlOutbox _outbox = new(Dialect);
    private readonly SqlControl _control = new(Dialect);

    public StoreKind Kind => StoreKind.Sqlite;

    public async Task<IReadOnlyList<OperationResult>> ExecuteAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
    {
        // One instant for loading and deciding: usage is loaded for the UTC day on which the batch is decided.
        var now = time.GetUtcNow();
        await using var session = await BeginAsync(LedgerReads.For(operations, now), cancellationToken);
        var (delta, results) = LedgerBatch.Decide(session.State, operations, now);
        await session.CommitAsync(delta, cancellationToken);
        return results;
    }

    public Task<OperationResult> PreviewAsync(LedgerOperation operation, CancellationToken cancellationToken) =>
        ReadAsync(
            async connection =>
            {
                var now = time.GetUtcNow();
                await using var transaction = connection.BeginTransaction(deferred: true);
                var state = await _reads.LoadAsync(
                    connection, transaction, LedgerReads.For([operation], now), lockHead: false, token => _reads.ReadPolicyAsync(connection, token), cancellationToken);
                return LedgerBatch.Decide(state, [operation], now).Results[0];
            },
            cancellationToken);

    public async Task<ILedgerSession> BeginAsync(LedgerReads reads, CancellationToken cancellationToken)
    {
        var turn = await database.EnterWriterAsync(cancellationToken);
        try
        {
            return await SqliteErrors.GuardAsync<ILedgerSession>(mayHaveHappened: false, () => BeginInTurnAsync(turn, reads, cancellationToken), cancellationToken);
        }
        catch
        {
            turn.Discard();
            turn.Dispose();
            throw;
        }
    }

    public Task<LedgerState> LoadAsync(LedgerReads reads, CancellationToken cancellationToken) =>
        ReadSnapshotAsync(
            (connection, transaction) => _reads.LoadAsync(
                connection, transaction, reads, lockHead: false, token => _reads.ReadPolicyAsync(connection, token), cancellationToken),
            cancellationToken);

    /// <summary>Nothing is gained by it: there is one writer at a time, and its calls are done when they return.</summary>
    public Task<IPreparedWrite?> PrepareAsync(LedgerDelta delta, UnseenKeys keys, LedgerDelta ahead, CancellationToken cancellationToken) =>
        Task.FromResult<IPreparedWrite?>(null);

    public async Task WriteAsync(LedgerDelta delta, UnseenKeys keys, CancellationToken cancellationToken)
    {
        using var turn = await database.EnterWriterAsync(cancellationToken);
        try
        {
            await SqliteErrors.GuardAsync(
                mayHaveHappened: true,
                () =>
                {
                    using var transaction = turn.Writer.Connection.BeginTransaction(deferred: false);
                    turn.Writer.Writes.Write(delta, keys);
                    keep?.Invoke(turn.Writer.Connection, transaction, delta);
                    transaction.Commit();
                    return Task.FromResult(0);
                },
                cancellationToken);
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == SqliteErrors.Constraint)
        {
            throw new LedgerConflictException(exception);
        }
        catch
        {
            turn.Discard();
            throw;
        }
    }

    public Task<LedgerHead> ReadHeadAsync(CancellationToken cancellationToken) =>
        ReadAsync(connection => _reads.ReadHeadAsync(connection, cancellationToken), cancellationToken);

    public Task<LedgerPolicy> ReadPolicyAsync(CancellationToken cancellationToken) =>
        ReadAsync(
            async connection =>
            {
                await using var transaction = connection.BeginTransaction(deferred: true);
                return await _reads.ReadPolicyAsync(connection, cancellationToken);
            },
            cancellationToken);

    public async Task<Account?> FindAccountAsync(string userId, CancellationToken cancellationToken) =>
        (await FindAccountsAsync([userId], cancellationToken)).SingleOrDefault();

    public Task<IReadOnlyList<Account>> FindAccountsAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken) =>
        ReadAsync(connection => _reads.FindAccountsAsync(connection, userIds, cancellationToken), cancellationToken);

    public async Task<DayUsage> ReadUsageAsync(string userId, DateOnly day, CancellationToken cancellationToken) =>
        await ReadAsync(connection => _reads.FindUsageAsync(connection, userId, day, cancellationToken), cancellationToken)
        ?? new DayUsage { UserId = userId, Day = day };

    public Task<IReadOnlyList<DayUsage>> ListUsageAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken) =>
        ReadAsync(connection => _reads.ListUsageAsync(connection, userIds, cancellationToken), cancellationToken);

    public Task<User?> FindUserAsync(string userId, CancellationToken cancellationToken) =>
        ReadAsync(connection => _reads.FindUserAsync(connection, userId, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<User>> SearchUsersAsync(string text, int limit, CancellationToken cancellationToken) =>
        ReadAsync(connection => _reads.SearchUsersAsync(connection, text, limit, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<User>> ListUsersAsync(string afterUserId, int limit, CancellationToken cancellationToken) =>
        ReadAsync(connection => _reads.ListUsersAsync(connection, afterUserId, limit, cancellationToken), cancellationToken);

    public Task<Entry?> FindEntryAsync(Guid entryId, CancellationToken cancellationToken) =>
        ReadAsync(connection => _reads.FindEntryAsync(connection, "entry_id", entryId, cancellationToken), cancellationToken);

    public Task<Entry?> FindReversalAsync(Guid originalEntryId, CancellationToken cancellationToken) =>
        ReadAsync(connection => _reads.FindEntryAsync(connection, "reversal_of", originalEntryId, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<Entry>> ListEntriesAsync(EntryQuery query, CancellationToken cancellationToken) =>
        ReadAsync(connection => _reads.ListEntriesAsync(connection, query, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<LeaderboardRow>> ReadLeaderboardAsync(LeaderboardQuery query, CancellationToken cancellationToken) =>
        ReadAsync(connection => _leaderboards.ReadAsync(connection, query, time.GetUtcNow(), cancellationToken), cancellationToken);

    public Task<IReadOnlyList<LeaderboardRow>?> FindAroundAsync(AroundQuery query, CancellationToken cancellationToken) =>
        ReadAsync(connection => _leaderboards.FindAroundAsync(connection, query, time.GetUtcNow(), cancellationToken), cancellationToken);

    public Task<IReadOnlyList<PeriodTotals>> ReadPeriodTotalsAsync(
        IReadOnlyCollection<string> userIds, LeaderboardPeriod period, DateOnly start, CancellationToken cancellationToken) =>
        ReadAsync(connection => _leaderboards.ReadPeriodTotalsAsync(connection, userIds, period, start, cancellationToken), cancellationToken);

    public Task<LedgerTotals> ReadTotalsAsync(CancellationToken cancellationToken) =>
        ReadAsync(connection => _leaderboards.ReadTotalsAsync(connection, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<ActivityEvent>> ListActivitiesAsync(
        string userId, DateTimeOffset since, int limit, CancellationToken cancellationToken) =>
        ReadAsync(connection => _reads.ListActivitiesAsync(connection, userId, since, limit, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<KeptAnswer>> ListRefusalsAsync(string userId, DateTimeOffset since, CancellationToken cancellationToken) =>
        ReadAsync(connection => _reads.ListRefusalsAsync(connection, userId, since, cancellationToken), cancellationToken);

    public Task<T> ReadSnapshotAsync<T>(Func<DbConnection, DbTransaction, Task<T>> query, CancellationToken cancellationToken) =>
        ReadAsync(
            async connection =>
            {
                await using var transaction = connection.BeginTransaction(deferred: true);
                return await query(connection, transaction);
            },
            cancellationToken);

    SqlDialect ILedgerStorage.Dialect => Dialect;

    public Task<T> ChangeAsync<T>(Func<DbConnection, DbTransaction, Task<T>> change, CancellationToken cancellationToken) =>
        WriteAsync(
            async connection =>
            {
                await using var transaction = connection.BeginTransaction(deferred: false);
                var result = await change(connection, transaction);
                await transaction.CommitAsync(cancellationToken);
                return result;
            },
            cancellationToken);

    public Task<string?> FindControlAsync(string key, CancellationToken cancellationToken) =>
        ReadAsync(connection => _control.FindAsync(connection, key, cancellationToken), cancellationToken);

    public Task SetControlAsync(string key, string value, CancellationToken cancellationToken) =>
        WriteAsync(connection => _control.SetAsync(connection, key, value, time.GetUtcNow(), cancellationToken), cancellationToken);

    public Task<long> IncrementControlAsync(string key, long atLeast, CancellationToken cancellationToken) =>
        WriteAsync(connection => _control.IncrementAsync(connection, key, atLeast, time.GetUtcNow(), cancellationToken), cancellationToken);

    Task<OutboxBatch> IOutbox.ReadAsync(long afterSequence, int limit, CancellationToken cancellationToken) =>
        ReadSnapshotAsync((connection, transaction) => _outbox.ReadAsync(connection, transaction, afterSequence, limit, cancellationToken), cancellationToken);

    Task<long> IOutbox.ReadCursorAsync(string consumer, CancellationToken cancellationToken) =>
        ReadAsync(connection => _outbox.ReadCursorAsync(connection, consumer, cancellationToken), cancellationToken);

    Task IOutbox.SaveCursorAsync(string consumer, long sequence, CancellationToken cancellationToken) =>
        WriteAsync(connection => _outbox.SaveCursorAsync(connection, consumer, sequence, time.GetUtcNow(), cancellationToken), cancellationToken);

    Task<long> IOutbox.TrimAsync(long throughSequence, CancellationToken cancellationToken) =>
        WriteAsync(connection => _outbox.TrimAsync(connection, throughSequence, cancellationToken), cancellationToken);

    private async Task<ILedgerSession> BeginInTurnAsync(SqliteTurn turn, LedgerReads reads, CancellationToken cancellationToken)
    {
        var connection = turn.Writer.Connection;
        // Not deferred: BEGIN IMMEDIATE takes the writers' lock before anything is read.
        var transaction = connection.BeginTransaction(deferred: false);
        try
        {
            var state = await _reads.LoadAsync(
                connection, transaction, reads, lockHead: true, token => _reads.ReadPolicyAsync(connection, token), cancellationToken);
            return new SqliteLedgerSession(turn, transaction, state, keep);
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }

    private Task<T> ReadAsync<T>(Func<SqliteConnection, Task<T>> query, CancellationToken cancellationToken) =>
        SqliteErrors.GuardAsync(
            mayHaveHappened: false,
            async () =>
            {
                await using var connection = await database.OpenAsync(cancellationToken);
                return await query(connection);
            },
            cancellationToken);

    private async Task<T> WriteAsync<T>(Func<SqliteConnection, Task<T>> command, CancellationToken cancellationToken)
    {
        using var turn = await database.EnterWriterAsync(cancellationToken);
        return await ReadAsync(command, cancellationToken);
    }
}
