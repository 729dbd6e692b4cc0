using System.Data.Common;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Sql;

/// <summary>Reads stretches of a ledger's log as it stands, for whoever checks it.</summary>
internal static class SqlLedgerLog
{
    /// <summary>Reads the entries after a place, in the order of the log, with what is known around them, all of one instant.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="afterSequence">The last place that was read; 0 for the beginning.</param>
    /// <param name="limit">The most entries to read.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static Task<LedgerStretch> ReadLogAsync(this ILedgerStorage ledger, long afterSequence, int limit, CancellationToken cancellationToken) =>
        ledger.ReadSnapshotAsync(
            async (connection, snapshot) =>
            {
                var head = await new SqlLedgerReads(ledger.Dialect).ReadHeadAsync(connection, cancellationToken);
                var before = await FindHashAsync(ledger.Dialect, connection, snapshot, afterSequence, cancellationToken);
                await using var command = SqlLedgerReads.Command(
                    connection, $"SELECT {SqlRows.EntryColumns} FROM coin_transactions t WHERE t.seq > @after ORDER BY t.seq LIMIT @limit");
                command.Transaction = snapshot;
                ledger.Dialect.Add(command, "after", afterSequence);
                ledger.Dialect.Add(command, "limit", limit);
                var entries = await SqlLedgerReads.ListAsync(command, new SqlRows(ledger.Dialect).Entry, cancellationToken);
                return new LedgerStretch(head, before, entries, await FindHomelessAsync(ledger.Dialect, connection, snapshot, entries, cancellationToken));
            },
            cancellationToken);

    /// <summary>What the entries after a place come to, of one instant.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="afterSequence">The place before them.</param>
    /// <param name="limit">The most entries to sum.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static Task<LedgerBucket> SumLogAsync(this ILedgerStorage ledger, long afterSequence, int limit, CancellationToken cancellationToken) =>
        ledger.ReadSnapshotAsync(
            async (connection, snapshot) =>
            {
                var head = await new SqlLedgerReads(ledger.Dialect).ReadHeadAsync(connection, cancellationToken);
                await using var command = SqlLedgerReads.Command(
                    connection, "SELECT t.seq, t.amount, t.chain_hash FROM coin_transactions t WHERE t.seq > @after ORDER BY t.seq LIMIT @limit");
                command.Transaction = snapshot;
                ledger.Dialect.Add(command, "after", afterSequence);
                ledger.Dialect.Add(command, "limit", limit);
                var rows = await SqlLedgerReads.ListAsync(
                    command, row => (Place: row.GetInt64(0), Coins: row.GetInt64(1), Digest: EntrySums.DigestOf((byte[])row[2])), cancellationToken);
                var isLast = rows.Count < limit;
                return new LedgerBucket(
                    rows.Aggregate(EntrySums.None, (sums, row) => sums.Plus(row.Coins, row.Digest)), isLast ? head.Sequence : rows[^1].Place, isLast);
            },
            cancellationToken);

    /// <summary>The last entry at or before a place: its own place and its chain hash, which covers all before it. The beginning where there is none.</summary>
    public static Task<LogEnd> FindEndAsync(this ILedgerStorage ledger, long throughSequence, CancellationToken cancellationToken) =>
        ledger.ReadSnapshotAsync(
            async (connection, snapshot) =>
            {
                await using var command = SqlLedgerReads.Command(
                    connection, "SELECT t.seq, t.chain_hash FROM coin_transactions t WHERE t.seq <= @through ORDER BY t.seq DESC LIMIT 1");
                command.Transaction = snapshot;
                ledger.Dialect.Add(command, "through", throughSequence);
                return await SqlLedgerReads.SingleAsync(command, row => new LogEnd(row.GetInt64(0), (byte[])row[1]), cancellationToken) ?? LogEnd.Beginning;
            },
            cancellationToken);

    /// <summary>How many entries come after a place.</summary>
    public static Task<long> CountAfterAsync(this ILedgerStorage ledger, long sequence, CancellationToken cancellationToken) =>
        ledger.ReadSnapshotAsync(
            async (connection, snapshot) =>
            {
                await using var command = SqlLedgerReads.Command(connection, "SELECT count(*) FROM coin_transactions t WHERE t.seq > @after");
                command.Transaction = snapshot;
                ledger.Dialect.Add(command, "after", sequence);
                return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
            },
            cancellationToken);

    private static async Task<byte[]?> FindHashAsync(
        SqlDialect dialect, DbConnection connection, DbTransaction snapshot, long sequence, CancellationToken cancellationToken)
    {
        if (sequence == 0)
        {
            return LedgerHead.Empty.ChainHash;
        }

        await using var command = SqlLedgerReads.Command(connection, "SELECT t.chain_hash FROM coin_transactions t WHERE t.seq = @seq");
        command.Transaction = snapshot;
        dialect.Add(command, "seq", sequence);
        return (byte[]?)await command.ExecuteScalarAsync(cancellationToken);
    }

    private static async Task<string?> FindHomelessAsync(
        SqlDialect dialect, DbConnection connection, DbTransaction snapshot, IReadOnlyList<Entry> entries, CancellationToken cancellationToken)
    {
        if (entries.Count == 0)
        {
            return null;
        }

        var users = entries.Select(entry => entry.UserId).Distinct(StringComparer.Ordinal).ToArray();
        await using var command = SqlLedgerReads.Command(connection, $"SELECT b.user_id FROM coin_balances b WHERE {dialect.AnyOf("b.user_id", "ids")}");
        command.Transaction = snapshot;
        dialect.AddTexts(command, "ids", users);
        return users.Except(await SqlLedgerReads.ListAsync(command, row => row.GetString(0), cancellationToken), StringComparer.Ordinal).FirstOrDefault();
    }
}

/// <summary>A stretch of a ledger's log.</summary>
/// <param name="Head">The end of the log.</param>
/// <param name="HashBefore">The chain hash of the entry before the stretch; null where there is no such entry.</param>
/// <param name="Entries">The entries, in the order of the log.</param>
/// <param name="HomelessUser">A user who has one of these entries and no account, or null.</param>
internal sealed record LedgerStretch(LedgerHead Head, byte[]? HashBefore, IReadOnlyList<Entry> Entries, string? HomelessUser);

/// <summary>What a stretch of a ledger's log comes to.</summary>
/// <param name="Sums">The sums.</param>
/// <param name="Through">The last place of the stretch.</param>
/// <param name="IsLast">Whether the log ends with it.</param>
internal sealed record LedgerBucket(EntrySums Sums, long Through, bool IsLast);

/// <summary>An entry as the end of what is before it.</summary>
/// <param name="Sequence">Its place.</param>
/// <param name="ChainHash">Its chain hash.</param>
internal sealed record LogEnd(long Sequence, byte[] ChainHash)
{
    /// <summary>Before the first entry.</summary>
    public static LogEnd Beginning { get; } = new(0, LedgerHead.Empty.ChainHash);

    /// <summary>Whether two logs are the same up to here.</summary>
    public bool IsSame(LogEnd other) => Sequence == other.Sequence && ChainHash.AsSpan().SequenceEqual(other.ChainHash);
}
