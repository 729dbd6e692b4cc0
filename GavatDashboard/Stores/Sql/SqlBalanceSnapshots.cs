using System.Data.Common;

namespace GavatDashboard.Stores.Sql;

/// <summary>
/// Makes snapshots of balances in small steps. What always holds: a snapshot counts exactly the entries that took effect at or before its
/// instant and stand at or before the cursor in the log. Moving the cursor drops those that would have to count more; they are made anew.
/// </summary>
/// <param name="dialect">The store's ways.</param>
/// <param name="spacing">How many entries of a user lie between two snapshots.</param>
internal sealed class SqlBalanceSnapshots(SqlDialect dialect, int spacing)
{
    private const int EntriesAStep = 2_000;
    private const int SnapshotsAStep = 10;

    /// <summary>How much of the log the snapshots do not count yet.</summary>
    public async Task<long> ReadLagAsync(DbConnection connection, DbTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = Command(
            connection, transaction, "SELECT h.seq - c.seq FROM balance_snapshot_cursor c CROSS JOIN ledger_head h WHERE c.id = 1 AND h.id = 1");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Moves the cursor over the next stretch of the log.</summary>
    /// <returns>Users of that stretch who may be due for a snapshot, or null where the log has ended.</returns>
    public async Task<IReadOnlyList<string>?> AdvanceAsync(DbConnection connection, DbTransaction transaction, CancellationToken cancellationToken)
    {
        var cursor = await LockCursorAsync(connection, transaction, cancellationToken);
        await using var read = Command(
            connection, transaction, $"SELECT max(n.seq) FROM (SELECT t.seq FROM coin_transactions t WHERE t.seq > @cursor ORDER BY t.seq LIMIT {EntriesAStep}) n");
        dialect.Add(read, "cursor", cursor);
        if (await read.ExecuteScalarAsync(cancellationToken) is not long next)
        {
            return null;
        }

        const string Stretch = "coin_transactions t WHERE t.seq > @cursor AND t.seq <= @next";
        await using var move = Command(
            connection,
            transaction,
            $"""
             DELETE FROM balance_snapshots WHERE (user_id, at) IN (
                 SELECT s.user_id, s.at FROM (SELECT t.user_id, min(t.effective_at) AS first FROM {Stretch} GROUP BY t.user_id) n
                 JOIN balance_snapshots s ON s.user_id = n.user_id AND s.at >= n.first);
             UPDATE balance_snapshot_cursor SET seq = @next WHERE id = 1;
             SELECT n.user_id FROM (SELECT DISTINCT t.user_id FROM {Stretch}) n JOIN coin_balances b ON b.user_id = n.user_id WHERE {IsDue}
             """);
        dialect.Add(move, "cursor", cursor);
        dialect.Add(move, "next", next);
        return await SqlLedgerReads.ListAsync(move, row => row.GetString(0), cancellationToken);
    }

    /// <summary>Makes the next snapshots of a user, a bounded number of them.</summary>
    /// <returns>Whether there are more to make.</returns>
    public async Task<bool> ExtendAsync(DbConnection connection, DbTransaction transaction, string userId, CancellationToken cancellationToken)
    {
        var cursor = await LockCursorAsync(connection, transaction, cancellationToken);
        for (var made = 0; made < SnapshotsAStep; made++)
        {
            if (!await MakeNextAsync(connection, transaction, userId, cursor, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A page of users who may be due for a snapshot, for taking up the work after a start.</summary>
    /// <returns>The users who are due, and the last one looked at; null where there are no more.</returns>
    public async Task<(IReadOnlyList<string> Due, string? Last)> FindDueAsync(
        DbConnection connection, DbTransaction transaction, string afterUserId, CancellationToken cancellationToken)
    {
        await using var command = Command(
            connection, transaction, $"SELECT b.user_id, CASE WHEN {IsDue} THEN 1 ELSE 0 END FROM coin_balances b WHERE b.user_id > @after ORDER BY b.user_id LIMIT 500");
        dialect.Add(command, "after", afterUserId);
        var page = await SqlLedgerReads.ListAsync(command, row => (UserId: row.GetString(0), IsDue: row.GetInt32(1) == 1), cancellationToken);
        return ([.. page.Where(user => user.IsDue).Select(user => user.UserId)], page.Count > 0 ? page[^1].UserId : null);
    }

    /// <summary>An account's version goes up with each entry, so it tells for nothing who has enough of them.</summary>
    private string IsDue =>
        $"b.version - coalesce((SELECT s.entries FROM balance_snapshots s WHERE s.user_id = b.user_id ORDER BY s.at DESC LIMIT 1), 0) > {spacing}";

    /// <summary>The next snapshot lies at the instant of the entry that is one spacing behind the last, and counts all of that instant.</summary>
    private async Task<bool> MakeNextAsync(DbConnection connection, DbTransaction transaction, string userId, long cursor, CancellationToken cancellationToken)
    {
        await using var newest = Command(
            connection, transaction, "SELECT s.at, s.balance, s.entries FROM balance_snapshots s WHERE s.user_id = @id ORDER BY s.at DESC LIMIT 1");
        dialect.Add(newest, "id", userId);
        var last = (await SqlLedgerReads.ListAsync(
            newest, row => (At: (DateTimeOffset?)dialect.GetTime(row, 0), Balance: row.GetInt64(1), Entries: row.GetInt64(2)), cancellationToken)).SingleOrDefault();
        // Plus nothing, so that no planner goes through the log for it: nearly all of the log is before the cursor.
        var counted = $"FROM coin_transactions t WHERE t.user_id = @id AND t.seq + 0 <= @cursor{(last.At is null ? string.Empty : " AND t.effective_at > @from")}";

        await using var find = Command(connection, transaction, $"SELECT t.effective_at {counted} ORDER BY t.effective_at, t.seq LIMIT 1 OFFSET {spacing - 1}");
        Fill(find);
        var found = await SqlLedgerReads.ListAsync(find, row => dialect.GetTime(row, 0), cancellationToken);
        if (found.Count == 0)
        {
            return false;
        }

        await using var insert = Command(
            connection,
            transaction,
            $"""
             INSERT INTO balance_snapshots (user_id, at, balance, entries)
             SELECT @id, @at, @balance + CAST(sum(t.amount) AS bigint), @entries + count(*) {counted} AND t.effective_at <= @at
             """);
        Fill(insert);
        dialect.AddTime(insert, "at", found[0]);
        dialect.Add(insert, "balance", last.Balance);
        dialect.Add(insert, "entries", last.Entries);
        await insert.ExecuteNonQueryAsync(cancellationToken);
        return true;

        void Fill(DbCommand command)
        {
            dialect.Add(command, "id", userId);
            dialect.Add(command, "cursor", cursor);
            if (last.At is { } from)
            {
                dialect.AddTime(command, "from", from);
            }
        }
    }

    private async Task<long> LockCursorAsync(DbConnection connection, DbTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = Command(
            connection, transaction, string.Join(";\n", [.. dialect.BeforeLoad, $"SELECT seq FROM balance_snapshot_cursor WHERE id = 1 {dialect.LockHead}"]));
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static DbCommand Command(DbConnection connection, DbTransaction transaction, string sql)
    {
        var command = SqlLedgerReads.Command(connection, sql);
        command.Transaction = transaction;
        return command;
    }
}
