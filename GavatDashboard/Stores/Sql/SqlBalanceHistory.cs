using System.Data.Common;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Sql;

/// <summary>
/// Sums a history up to an instant from the newest snapshot before it. Exact with and without snapshots, however far their maker has
/// come: to the snapshot it adds what took effect after it, and what took effect before it but came into the log since the maker's last step.
/// </summary>
internal sealed class SqlBalanceHistory(SqlDialect dialect)
{
    /// <summary>A tail of the log up to here is read as a whole; of a longer one only the user's own entries, by date.</summary>
    private const long ShortTail = 5_000;

    private const string Sums = "SELECT count(*), CAST(coalesce(sum(t.amount), 0) AS bigint) FROM";

    /// <summary>The balance at an instant, or null where there is no such user.</summary>
    public async Task<BalanceAt?> FindAsync(DbConnection connection, DbTransaction snapshot, string userId, DateTimeOffset at, CancellationToken cancellationToken)
    {
        at = LedgerTime.Truncate(at);
        if (await ReadBaseAsync(connection, snapshot, userId, at, cancellationToken) is not { } known)
        {
            return null;
        }

        await using var command = SqlLedgerReads.Command(connection, SumsAfter(known));
        command.Transaction = snapshot;
        dialect.Add(command, "id", userId);
        dialect.AddTime(command, "at", at);
        if (known.At is { } from)
        {
            dialect.AddTime(command, "from", from);
            dialect.Add(command, "cursor", known.Cursor);
        }

        var (balance, entries) = (known.Balance, known.Entries);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var (laterEntries, laterCoins) = (reader.GetInt64(0), reader.GetInt64(1));
        while (await reader.NextResultAsync(cancellationToken) && await reader.ReadAsync(cancellationToken))
        {
            entries += reader.GetInt64(0);
            balance += reader.GetInt64(1);
        }

        return new BalanceAt(userId, at, new CoinAmount(balance), entries, laterEntries, new CoinAmount(laterCoins));
    }

    private static string SumsAfter(Base known)
    {
        // The condition on both times is the one of the index that holds late entries alone.
        const string Later = $"{Sums} coin_transactions t WHERE t.user_id = @id AND t.effective_at <= @at AND t.recorded_at > @at AND t.recorded_at > t.effective_at";
        if (known.At is null)
        {
            return $"{Later};\n{Sums} coin_transactions t WHERE t.user_id = @id AND t.effective_at <= @at";
        }

        var tail = known.Tail <= ShortTail
            ? $"WITH t AS MATERIALIZED (SELECT user_id, effective_at, amount FROM coin_transactions WHERE seq > @cursor) {Sums} t WHERE t.user_id = @id AND t.effective_at <= @from"
            : $"{Sums} coin_transactions t WHERE t.user_id = @id AND t.effective_at <= @from AND t.seq > @cursor";
        return $"{Later};\n{Sums} coin_transactions t WHERE t.user_id = @id AND t.effective_at > @from AND t.effective_at <= @at;\n{tail}";
    }

    private async Task<Base?> ReadBaseAsync(DbConnection connection, DbTransaction snapshot, string userId, DateTimeOffset at, CancellationToken cancellationToken)
    {
        // One reason for both: a plan that was made while a table was empty must not be used on a full one.
        List<string> statements =
        [
            .. dialect.BeforeLoad,
            "SELECT 1 FROM users u WHERE u.user_id = @id",
            "SELECT c.seq, h.seq FROM balance_snapshot_cursor c CROSS JOIN ledger_head h WHERE c.id = 1 AND h.id = 1",
            "SELECT s.at, s.balance, s.entries FROM balance_snapshots s WHERE s.user_id = @id AND s.at <= @at ORDER BY s.at DESC LIMIT 1",
        ];
        await using var command = SqlLedgerReads.Command(connection, string.Join(";\n", statements));
        command.Transaction = snapshot;
        dialect.Add(command, "id", userId);
        dialect.AddTime(command, "at", at);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            return null;
        }

        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var known = new Base(null, 0, 0, reader.GetInt64(0), reader.GetInt64(1) - reader.GetInt64(0));
        await reader.NextResultAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? known with { At = dialect.GetTime(reader, 0), Balance = reader.GetInt64(1), Entries = reader.GetInt64(2) }
            : known;
    }

    /// <summary>Where the sum begins.</summary>
    /// <param name="At">The snapshot's instant, or null where there is none.</param>
    /// <param name="Balance">Its balance, in coins.</param>
    /// <param name="Entries">How many entries it counts.</param>
    /// <param name="Cursor">The place in the log up to which it counts.</param>
    /// <param name="Tail">How many places of the log lie behind that.</param>
    private sealed record Base(DateTimeOffset? At, long Balance, long Entries, long Cursor, long Tail);
}
