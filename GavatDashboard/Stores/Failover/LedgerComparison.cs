using System.Data.Common;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Stores.Sqlite;

namespace GavatDashboard.Stores.Failover;

/// <summary>Compares two ledgers that stand at the same place: account by account, in total, and at the end of the chain.</summary>
internal static class LedgerComparison
{
    /// <summary>Compares all accounts. The fallback is read at one instant; the primary must stand still at the same revision.</summary>
    /// <param name="primary">The primary.</param>
    /// <param name="fallback">The fallback.</param>
    /// <param name="advance">Brings the primary to the place at which the fallback is read.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<ComparedLedgers> RunAsync(
        ILedgerStorage primary, ILedgerStorage fallback, Func<LedgerHead, Task> advance, CancellationToken cancellationToken) => fallback.ReadSnapshotAsync(
        async (ours, snapshot) =>
        {
            var head = await Reads(fallback).ReadHeadAsync(ours, cancellationToken);
            await advance(head);
            return await primary.ReadSnapshotAsync(
                async (theirs, theirSnapshot) =>
                {
                    var theirHead = await Reads(primary).ReadHeadAsync(theirs, cancellationToken);
                    if (theirHead.Revision != head.Revision || theirHead.Sequence != head.Sequence || !theirHead.ChainHash.AsSpan().SequenceEqual(head.ChainHash))
                    {
                        return new ComparedLedgers(0, 0, 0, $"The primary ends at revision {theirHead.Revision}, the fallback at {head.Revision}, or their chains differ there.", head);
                    }

                    var (ourEntries, ourSum) = await SumAsync(ours, snapshot, cancellationToken);
                    var (theirEntries, theirSum) = await SumAsync(theirs, theirSnapshot, cancellationToken);
                    if (ourEntries != theirEntries || ourSum != theirSum)
                    {
                        return new ComparedLedgers(0, theirSum, ourSum, $"The primary holds {theirEntries} entries of {theirSum} coins, the fallback {ourEntries} of {ourSum}.", head);
                    }

                    return await CompareAccountsAsync(new Side(primary, theirs, theirSnapshot), new Side(fallback, ours, snapshot), head, cancellationToken);
                },
                cancellationToken);
        },
        cancellationToken);

    /// <summary>The sum of all balances, in coins.</summary>
    public static Task<long> SumAsync(ILedgerStorage ledger, CancellationToken cancellationToken) => ledger.ReadSnapshotAsync(
        async (connection, transaction) =>
        {
            await using var command = SqlLedgerReads.Command(connection, "SELECT CAST(coalesce(sum(balance), 0) AS bigint) FROM coin_balances");
            command.Transaction = transaction;
            return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
        },
        cancellationToken);

    /// <summary>Compares some accounts.</summary>
    /// <returns>The first difference, or null.</returns>
    public static async Task<string?> FindDifferenceAsync(
        ICoinLedger primary, ICoinLedger fallback, IReadOnlyCollection<string> userIds, CancellationToken cancellationToken)
    {
        var theirs = (await primary.FindAccountsAsync(userIds, cancellationToken)).ToDictionary(account => account.UserId, StringComparer.Ordinal);
        var ours = (await fallback.FindAccountsAsync(userIds, cancellationToken)).ToDictionary(account => account.UserId, StringComparer.Ordinal);
        return userIds.Select(id => Describe(theirs.GetValueOrDefault(id), ours.GetValueOrDefault(id))).FirstOrDefault(difference => difference is not null);
    }

    private static async Task<ComparedLedgers> CompareAccountsAsync(Side primary, Side fallback, LedgerHead head, CancellationToken cancellationToken)
    {
        await using var theirs = await primary.ReadAccountsAsync(cancellationToken);
        await using var ours = await fallback.ReadAccountsAsync(cancellationToken);
        var (accounts, theirTotal, ourTotal) = (0L, 0L, 0L);
        while (true)
        {
            var their = await theirs.ReadAsync(cancellationToken) ? primary.Rows.Account(theirs) : null;
            var our = await ours.ReadAsync(cancellationToken) ? fallback.Rows.Account(ours) : null;
            if (their is null && our is null)
            {
                return new ComparedLedgers(accounts, theirTotal, ourTotal, null, head);
            }

            if (Describe(their, our) is { } difference)
            {
                return new ComparedLedgers(accounts, theirTotal, ourTotal, difference, head);
            }

            accounts++;
            theirTotal += their!.Balance.Value;
            ourTotal += our!.Balance.Value;
        }
    }

    private static string? Describe(Account? primary, Account? fallback) => (primary, fallback) switch
    {
        (null, { } ours) => $"The primary does not hold the account '{ours.UserId}'.",
        ({ } theirs, null) => $"The fallback does not hold the account '{theirs.UserId}'.",
        ({ } theirs, { } ours) when theirs.UserId != ours.UserId => $"Only one ledger holds the account '{(string.CompareOrdinal(theirs.UserId, ours.UserId) < 0 ? theirs : ours).UserId}'.",
        ({ } theirs, { } ours) when theirs != ours =>
            $"The account '{ours.UserId}' holds {theirs.Balance} coins as version {theirs.Version} in the primary, {ours.Balance} as version {ours.Version} in the fallback.",
        _ => null,
    };

    private static async Task<(long Entries, long Sum)> SumAsync(DbConnection connection, DbTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = SqlLedgerReads.Command(connection, "SELECT count(*), CAST(coalesce(sum(amount), 0) AS bigint) FROM coin_transactions");
        command.Transaction = transaction;
        command.CommandTimeout = 120;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    private static SqlLedgerReads Reads(ILedgerStorage ledger) => new(DialectOf(ledger));

    private static SqlDialect DialectOf(ILedgerStorage ledger) => ledger.Kind == StoreKind.PostgreSql ? new PostgresDialect() : new SqliteDialect();

    private sealed class Side(ILedgerStorage ledger, DbConnection connection, DbTransaction snapshot)
    {
        public SqlRows Rows { get; } = new(DialectOf(ledger));

        /// <summary>In the order of the ids' bytes, which both stores can give.</summary>
        public async Task<DbDataReader> ReadAccountsAsync(CancellationToken cancellationToken)
        {
            var order = ledger.Kind == StoreKind.PostgreSql ? "b.user_id COLLATE \"C\"" : "b.user_id";
            var command = SqlLedgerReads.Command(connection, $"SELECT {SqlRows.AccountColumns} FROM coin_balances b ORDER BY {order}");
            command.Transaction = snapshot;
            command.CommandTimeout = 120;
            return await command.ExecuteReaderAsync(cancellationToken);
        }
    }
}

/// <summary>What a comparison found.</summary>
/// <param name="Accounts">Accounts that are equal.</param>
/// <param name="PrimaryTotal">The sum of their balances in the primary, in coins.</param>
/// <param name="FallbackTotal">The sum of their balances in the fallback, in coins.</param>
/// <param name="Difference">The first difference, or null where there is none.</param>
/// <param name="Head">Where both stood.</param>
internal sealed record ComparedLedgers(long Accounts, long PrimaryTotal, long FallbackTotal, string? Difference, LedgerHead Head);
