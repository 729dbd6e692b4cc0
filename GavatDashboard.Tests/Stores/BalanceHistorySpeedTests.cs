using System.Diagnostics;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Sql;
using Xunit.Abstractions;

namespace GavatDashboard.Tests.Stores;

/// <summary>A user with 100,000 entries is answered as quickly as anybody, at any instant.</summary>
public abstract class BalanceHistorySpeed(LedgerUnderTest under, ITestOutputHelper output)
{
    private const int Entries = 100_000;
    private const string UserId = "busy";

    /// <summary>Puts the entries there: one a minute, three coins in and two out, in turn.</summary>
    protected abstract string Fill { get; }

    [Fact]
    public async Task Balance_OfAUserWith100000Entries_IsAnsweredFromAFewOfThem()
    {
        await under.CreateUserAsync(UserId);
        await under.Ledger.ChangeAsync(
            async (connection, transaction) =>
            {
                await using var command = connection.CreateCommand();
                command.Transaction = transaction;
                command.CommandTimeout = 120;
                command.CommandText = Fill;
                return await command.ExecuteNonQueryAsync();
            },
            CancellationToken.None);
        var plainMs = await MeasureAsync();

        var maker = new BalanceSnapshotMaker(under.Ledger);
        var longestStepMs = 0.0;
        var made = Stopwatch.StartNew();
        for (var more = true; more;)
        {
            var step = Stopwatch.StartNew();
            more = await maker.StepAsync(CancellationToken.None);
            longestStepMs = Math.Max(longestStepMs, step.Elapsed.TotalMilliseconds);
        }

        made.Stop();
        var quickMs = await MeasureAsync();

        output.WriteLine($"{under.Ledger.Kind}: plain sum {Describe(plainMs)}; with snapshots {Describe(quickMs)}; all snapshots made in {made.Elapsed.TotalSeconds:0.0} s, longest step {longestStepMs:0} ms");
        Assert.True(quickMs[quickMs.Length / 2] < 20, $"The median is {quickMs[quickMs.Length / 2]:0.0} ms.");
        Assert.True(quickMs[quickMs.Length / 2] < plainMs[plainMs.Length / 2], "Snapshots make it no quicker.");
    }

    /// <summary>Asks at instants all over the history, compares each answer, and tells how long they took, ascending.</summary>
    private async Task<double[]> MeasureAsync()
    {
        var random = new Random(7);
        var history = new SqlBalanceHistory(under.Ledger.Dialect);
        var times = new List<double>();
        for (var i = 0; i < 60; i++)
        {
            var minute = random.Next(Entries);
            var watch = Stopwatch.StartNew();
            var found = await under.Ledger.ReadSnapshotAsync(
                (connection, snapshot) => history.FindAsync(connection, snapshot, UserId, DateTimeOffset.UnixEpoch.AddMinutes(minute).AddSeconds(30), CancellationToken.None), CancellationToken.None);
            times.Add(watch.Elapsed.TotalMilliseconds);
            Assert.Equal((minute, (minute / 2) + (minute % 2 == 1 ? 3 : 0)), (found!.Entries, found.Balance.Value));
        }

        // The first ones open connections and prepare statements.
        return [.. times.Skip(10).Order()];
    }

    private static string Describe(double[] sortedMs) => $"p50 {sortedMs[sortedMs.Length / 2]:0.00} ms, p95 {sortedMs[sortedMs.Length * 95 / 100]:0.00} ms";
}

public sealed class PostgresBalanceHistorySpeed(PostgresUnderTest under, ITestOutputHelper output) : BalanceHistorySpeed(under, output), IClassFixture<PostgresUnderTest>
{
    protected override string Fill =>
        """
        INSERT INTO coin_transactions (seq, entry_id, user_id, type, amount, balance_after, contra_account, idempotency_key, request_hash, effective_at, recorded_at, actor, epoch, chain_hash)
        SELECT n + 10, gen_random_uuid(), 'busy', 'earn_admin', CASE WHEN n % 2 = 1 THEN 3 ELSE -2 END, 0, 'treasury:adjust', 'fill-' || n, '\x00',
               to_timestamp(n * 60), to_timestamp(n * 60), 'tests', 1, '\x00' FROM generate_series(1, 100000) n;
        UPDATE coin_balances SET version = 100001 WHERE user_id = 'busy';
        UPDATE ledger_head SET seq = 100010;
        """;
}

public sealed class SqliteBalanceHistorySpeed(SqliteUnderTest under, ITestOutputHelper output) : BalanceHistorySpeed(under, output), IClassFixture<SqliteUnderTest>
{
    protected override string Fill =>
        """
        WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < 100000)
        INSERT INTO coin_transactions (seq, entry_id, user_id, type, amount, balance_after, contra_account, idempotency_key, request_hash, effective_at, recorded_at, actor, epoch, chain_hash)
        SELECT n + 10, printf('%08x-0000-7000-8000-000000000000', n), 'busy', 'earn_admin', CASE WHEN n % 2 = 1 THEN 3 ELSE -2 END, 0, 'treasury:adjust', 'fill-' || n, x'00',
               n * 60000000, n * 60000000, 'tests', 1, x'00' FROM series;
        UPDATE coin_balances SET version = 100001 WHERE user_id = 'busy';
        UPDATE ledger_head SET seq = 100010;
        """;
}
