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
