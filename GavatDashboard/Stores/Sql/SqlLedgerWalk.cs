using System.Data.Common;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Sql;

/// <summary>Reads a whole ledger past a check, in pieces, inside one snapshot. It writes nothing.</summary>
internal sealed class SqlLedgerWalk(SqlDialect dialect)
{
    private readonly SqlRows _rows = new(dialect);

    /// <summary>Checks the ledger to its end or to the first break.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="snapshot">A transaction whose reads all see one instant.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<LedgerCheck> RunAsync(DbConnection connection, DbTransaction snapshot, CancellationToken cancellationToken)
    {
        var check = new LedgerCheck();
        try
        {
            if (await WalkAsync(connection, snapshot, $"SELECT {SqlRows.EntryColumns} FROM coin_transactions t ORDER BY t.seq", row => check.Accept(_rows.Entry(row)), cancellationToken)
                && check.CompareHead(await new SqlLedgerReads(dialect).ReadHeadAsync(connection, cancellationToken))
                && await WalkAsync(connection, snapshot, $"SELECT {SqlRows.AccountColumns} FROM coin_balances b ORDER BY b.user_id", row => check.Accept(_rows.Account(row)), cancellationToken))
            {
                check.Finish();
            }
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or ArgumentException or InvalidCastException)
        {
            // A value that no version of the application writes.
            check.Unreadable(exception.Message);
        }

        return check;
    }

    private static async Task<bool> WalkAsync(
        DbConnection connection, DbTransaction snapshot, string sql, Func<DbDataReader, bool> accept, CancellationToken cancellationToken)
    {
        await using var command = SqlLedgerReads.Command(connection, sql);
        command.Transaction = snapshot;

        // It reads every row there is; how long that takes is the caller's business.
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (!accept(reader))
            {
                return false;
            }
        }

        return true;
    }
}
