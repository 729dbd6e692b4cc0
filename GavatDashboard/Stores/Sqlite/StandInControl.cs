using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Failover;
using GavatDashboard.Stores.Sql;
using Microsoft.Data.Sqlite;

namespace GavatDashboard.Stores.Sqlite;

/// <summary>The coordinator's hold on the file in PostgreSQL's place.</summary>
internal sealed class StandInControl(PrimaryStandIn standIn, TimeProvider time) : IPrimaryControl
{
    private const int Constraint = 19;
    private static readonly SqlHead Head = new(new SqliteDialect());

    public string Name => "The SQLite file in the place of PostgreSQL";

    public Task<ControlledHead> ProbeAsync(CancellationToken cancellationToken) => WriteAsync(
        async (connection, transaction) =>
        {
            await Head.BeatAsync(connection, transaction, "failover", time.GetUtcNow(), cancellationToken);
            var head = await Head.ReadAsync(connection, transaction, isLocked: true, cancellationToken);
            transaction.Commit();
            return head;
        },
        cancellationToken);

    public Task<ControlledHead> LookAsync(CancellationToken cancellationToken) => WriteAsync(
        (connection, transaction) => Head.ReadAsync(connection, transaction, isLocked: false, cancellationToken), cancellationToken);

    // Its writers are this process's own, and SQLite's lock keeps them in line.
    public Task<int> EndWritersAsync(bool ofAllInstances, CancellationToken cancellationToken) => Task.FromResult(0);

    public Task<ControlledHead> ChangeReignAsync(Func<ControlledHead, Reign?> decide, CancellationToken cancellationToken) => WriteAsync(
        async (connection, transaction) =>
        {
            var before = await Head.ReadAsync(connection, transaction, isLocked: true, cancellationToken);
            if (decide(before) is { } reign)
            {
                await Head.SetAsync(connection, transaction, reign, cancellationToken);
                transaction.Commit();
            }

            return before;
        },
        cancellationToken);

    public Task WriteAsync(LedgerDelta delta, CancellationToken cancellationToken) => WriteAsync(
        (connection, transaction) =>
        {
            try
            {
                using var writes = new SqliteWrites(connection);
                writes.Write(delta, UnseenKeys.None);
            }
            catch (SqliteException refused) when (refused.SqliteErrorCode == Constraint)
            {
                throw new ReplayRefusedException($"The stand-in refuses what the fallback acknowledged: {refused.Message}", refused);
            }

            transaction.Commit();
            return Task.FromResult(0);
        },
        cancellationToken);

    public void ForgetConnections()
    {
        // Connections to a file do not go stale.
    }

    private Task<T> WriteAsync<T>(Func<SqliteConnection, SqliteTransaction, Task<T>> write, CancellationToken cancellationToken) => SqliteErrors.GuardAsync(
        mayHaveHappened: true,
        async () =>
        {
            using var turn = await standIn.Database.EnterWriterAsync(cancellationToken);
            await using var connection = await standIn.Database.OpenAsync(cancellationToken);
            await using var transaction = connection.BeginTransaction(deferred: false);
            return await write(connection, transaction);
        },
        cancellationToken);
}
