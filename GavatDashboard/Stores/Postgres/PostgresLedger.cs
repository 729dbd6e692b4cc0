using System.Data;
using System.Data.Common;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;
using Npgsql;

namespace GavatDashboard.Stores.Postgres;

/// <summary>The primary ledger.</summary>
internal sealed class PostgresLedger(NpgsqlDataSource source, TimeProvider time) : ILedgerStorage, IOutbox, IAsyncDisposable
{
    private static readonly PostgresDialect Dialect = new();
    private readonly SqlLedgerReads _reads = new(Dialect);
    private readonly SqlLeaderboardReads _leaderboards = new(Dialect);
    private readonly SqlOutbox _outbox = new(Dialect);
    private readonly SqlControl _control = new(Dialect);
    private readonly PostgresWriter _writer = new(source);
    private volatile LedgerPolicy? _policy;

    public StoreKind Kind => StoreKind.PostgreSql;

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
        ReadSnapshotAsync(
            async (connection, transaction) =>
            {
                var now = time.GetUtcNow();
                var state = await _reads.LoadAsync(
                    connection, transaction, LedgerReads.For([operation], now), lockHead: false, token => PolicyAsync(connection, token), cancellationToken);
                return LedgerBatch.Decide(state, [operation], now).Results[0];
            },
            cancellationToken);

    public Task<ILedgerSession> BeginAsync(LedgerReads reads, CancellationToken cancellationToken) =>
        PostgresErrors.GuardAsync<ILedgerSession>(mayHaveHappened: false, async () =>
        {
            _writer.Renew();
            var connection = await source.OpenConnectionAsync(cancellationToken);
            try
            {
                var transaction = await connection.BeginTransactionAsync(cancellationToken);
                var state = await _reads.LoadAsync(
                    connection, transaction, reads, lockHead: true, token => PolicyAsync(connection, token), cancellationToken);
                return new PostgresLedgerSession(connection, transaction, state, policy => _policy = policy);
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        });

    public Task<LedgerState> LoadAsync(LedgerReads reads, CancellationToken cancellationToken) =>
        ReadSnapshotAsync(
            async (connection, transaction) => await _reads.LoadAsync(
                connection, transaction, reads, lockHead: false, token => PolicyAsync(connection, token), cancellationToken),
            cancellationToken);

    public async Task WriteAsync(LedgerDelta delta, UnseenKeys keys, CancellationToken cancellationToken)
    {
        await _writer.WriteAsync(delta, keys, cancellationToken);
        if (delta.Policy is { } policy)
        {
            _policy = policy;
        }
    }

    public Task<IPreparedWrite?> PrepareAsync(LedgerDelta delta, UnseenKeys keys, LedgerDelta ahead, CancellationToken cancellationToken) =>
        _writer.PrepareAsync(delta, keys, ahead, cancellationToken);

    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    public Task<LedgerHead> ReadHeadAsync(CancellationToken cancellationToken) =>
        ReadAsync(connection => _reads.ReadHeadAsync(connection, cancellationToken), cancellationToken);

    public Task<LedgerPolicy> ReadPolicyAsync(CancellationToken cancellationToken) =>
        ReadAsync(connection => PolicyAsync(connection, cancellationToken), cancellationToken);

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
                await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
                return await query(connection, transaction);
            },
            cancellationToken);

    SqlDialect ILedgerStorage.Dialect => Dialect;

    public Task<T> ChangeAsync<T>(Func<DbConnection, DbTransaction, Task<T>> change, CancellationToken cancellationToken) =>
        ReadAsync(
            async connection =>
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                var result = await change(connection, transaction);
                await transaction.CommitAsync(cancellationToken);
                return result;
            },
            cancellationToken);

    public Task<string?> FindControlAsync(string key, CancellationToken cancellationToken) =>
        ReadAsync(connection => _control.FindAsync(connection, key, cancellationToken), cancellationToken);

    public Task SetControlAsync(string key, string value, CancellationToken cancellationToken) =>
        ReadAsync(connection => _control.SetAsync(connection, key, value, time.GetUtcNow(), cancellationToken), cancellationToken);

    public Task<long> IncrementControlAsync(string key, long atLeast, CancellationToken cancellationToken) =>
        ReadAsync(connection => _control.IncrementAsync(connection, key, atLeast, time.GetUtcNow(), cancellationToken), cancellationToken);

    Task<OutboxBatch> IOutbox.ReadAsync(long afterSequence, int limit, CancellationToken cancellationToken) =>
        // One snapshot, so that what the events are about is at least as new as the events.
        ReadSnapshotAsync((connection, transaction) => _outbox.ReadAsync(connection, transaction, afterSequence, limit, cancellationToken), cancellationToken);

    Task<long> IOutbox.ReadCursorAsync(string consumer, CancellationToken cancellationToken) =>
        ReadAsync(connection => _outbox.ReadCursorAsync(connection, consumer, cancellationToken), cancellationToken);

    Task IOutbox.SaveCursorAsync(string consumer, long sequence, CancellationToken cancellationToken) =>
        ReadAsync(connection => _outbox.SaveCursorAsync(connection, consumer, sequence, time.GetUtcNow(), cancellationToken), cancellationToken);

    Task<long> IOutbox.TrimAsync(long throughSequence, CancellationToken cancellationToken) =>
        ReadAsync(connection => _outbox.TrimAsync(connection, throughSequence, cancellationToken), cancellationToken);

    private Task<T> ReadAsync<T>(Func<NpgsqlConnection, Task<T>> query, CancellationToken cancellationToken) =>
        PostgresErrors.GuardAsync(mayHaveHappened: false, async () =>
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            return await query(connection);
        });

    /// <summary>The policy, read again only when its version moved on: a write of another instance shows there.</summary>
    private async Task<LedgerPolicy> PolicyAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using var command = SqlLedgerReads.Command(connection, "SELECT policy_version FROM ledger_head WHERE id = 1");
        var version = (long)(await command.ExecuteScalarAsync(cancellationToken))!;
        return _policy is { } policy && policy.Version == version
            ? policy
            : _policy = await _reads.ReadPolicyAsync(connection, cancellationToken);
    }
}
