using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Tests.Stores.Model;

namespace GavatDashboard.Tests.Stores.Mirror;

/// <summary>
/// Batches leave the same rows in both stores whether they are written one by one, joined, or as they are read from their notes; over midnights, over the
/// ends of weeks and months, with clocks that go back and entries of earlier dates. Where each counter and sum has to stand is worked out beside
/// it, from the batches alone.
/// </summary>
public sealed class JoinedDeltaTests
{
    [Fact]
    public async Task Batches_OneByOneOrJoined_LeaveTheSameInBothStores()
    {
        foreach (var seed in ModelSeeds.All(3))
        {
            await RunAsync(seed);
        }
    }

    private static async Task RunAsync(int seed)
    {
        var random = new Random(seed);
        await using var alone = await StartAsync(new SqliteUnderTest());
        await using var joined = await StartAsync(new SqliteUnderTest());
        await using var primary = await StartAsync(new PostgresUnderTest());
        await using var primaryJoined = await StartAsync(new PostgresUnderTest());
        var deltas = await DecideAsync(alone.Ledger, new ModelOperations(seed), random);

        foreach (var delta in deltas)
        {
            await primary.Ledger.Ledger.WriteAsync(DeltaReader.Read(new DeltaWriter().Write(delta).ToArray()), UnseenKeys.Of(delta), CancellationToken.None);
        }

        await WriteJoinedAsync(joined.Ledger.Ledger, deltas, random);
        await WriteJoinedAsync(primaryJoined.Ledger.Ledger, deltas, random);

        var expected = await LedgerDump.ReadAsync(alone.Ledger.Ledger);
        foreach (var (name, other) in new[] { ("SQLite, joined", joined), ("PostgreSQL", primary), ("PostgreSQL, joined", primaryJoined) })
        {
            Assert.True(expected == await LedgerDump.ReadAsync(other.Ledger.Ledger), $"MODEL_SEED={seed}: {name} differs");
        }

        var held = expected.Split('\n').Where(line => line.StartsWith("daily_limits", StringComparison.Ordinal) || line.StartsWith("coin_leaderboard", StringComparison.Ordinal));
        Assert.Equal(TablesAfter(deltas), held.Order(StringComparer.Ordinal));
        Assert.Equal(AccountsAfter(deltas), await ReadCurrentAsync(alone.Ledger.Ledger));
    }

    /// <summary>Batches that follow one another, each decided on what the ones before it left.</summary>
    private static async Task<List<LedgerDelta>> DecideAsync(LedgerUnderTest under, ModelOperations operations, Random random)
    {
        var (deltas, version) = (new List<LedgerDelta>(), 0L);
        for (var round = 0; round < 150; round++)
        {
            under.Clock.Now += random.Next(5) == 0 ? TimeSpan.FromHours(random.Next(-30, 60)) : operations.Pause();
            LedgerOperation[] batch = [.. Enumerable.Range(0, operations.BatchSize()).Select(_ => operations.Next(version))];
            await using var session = await under.Ledger.BeginAsync(LedgerReads.For(batch, under.Clock.Now), CancellationToken.None);
            var (delta, _) = LedgerBatch.Decide(session.State, batch, under.Clock.Now);
            if (!delta.IsEmpty)
            {
                await session.CommitAsync(delta, CancellationToken.None);
                deltas.Add(delta);
            }

            operations.Settle(batch);
            version = delta.Policy?.Version ?? version;
        }

        return deltas;
    }

    private static async Task WriteJoinedAsync(ILedgerStorage ledger, List<LedgerDelta> deltas, Random random)
    {
        for (var done = 0; done < deltas.Count;)
        {
            var piece = deltas.Skip(done).Take(random.Next(1, 30)).ToArray();
            var delta = LedgerDelta.Join(piece);
            await ledger.WriteAsync(delta, UnseenKeys.Of(delta), CancellationToken.None);
            done += piece.Length;
        }
    }

    private static Dictionary<(string User, DateOnly Day), DayUsage> UsageAfter(List<LedgerDelta> deltas)
    {
        var usage = new Dictionary<(string, DateOnly), DayUsage>();
        foreach (var row in deltas.SelectMany(delta => delta.Usage))
        {
            usage[(row.UserId, row.Day)] = row;
        }

        return usage;
    }

    private static Dictionary<(string User, DateOnly Slice), (long Earned, long Spent)> SlicesAfter(List<LedgerDelta> deltas) =>
        deltas.SelectMany(delta => delta.Leaderboard).GroupBy(row => (row.UserId, row.Slice))
            .ToDictionary(rows => rows.Key, rows => (rows.Sum(row => row.Earned.Value), rows.Sum(row => row.Spent.Value)));

    private static IEnumerable<string> TablesAfter(List<LedgerDelta> deltas)
    {
        var (usage, slices) = (UsageAfter(deltas), SlicesAfter(deltas));
        return usage.Values.Where(row => usage.Keys.Any(key => key.User == row.UserId && key.Day > row.Day))
            .Select(row => string.Create(CultureInfo.InvariantCulture, $"daily_limits: {row.UserId} | {row.Day:yyyy-MM-dd} | {row.Earned.Value} | {row.Spent.Value} | {row.Messages}"))
            .Concat(slices.Where(row => slices.Keys.Any(key => key.User == row.Key.User && key.Slice > row.Key.Slice))
                .Select(row => string.Create(CultureInfo.InvariantCulture, $"coin_leaderboard: {row.Key.Slice:yyyy-MM-dd} | {row.Key.User} | {row.Value.Earned} | {row.Value.Spent}")))
            .Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> AccountsAfter(List<LedgerDelta> deltas)
    {
        var (usage, slices) = (UsageAfter(deltas), SlicesAfter(deltas));
        foreach (var user in deltas.SelectMany(delta => delta.Accounts).Select(account => account.UserId).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var day = usage.Values.Where(row => row.UserId == user).MaxBy(row => row.Day);
            var slice = slices.Where(row => row.Key.User == user).OrderByDescending(row => row.Key.Slice).Select(row => ((DateOnly?)row.Key.Slice, row.Value.Earned, row.Value.Spent)).FirstOrDefault();
            yield return Text(user, day?.Day, day?.Earned.Value ?? 0, day?.Spent.Value ?? 0, day?.Messages ?? 0, slice.Item1, slice.Earned, slice.Spent);
        }
    }

    private static Task<IReadOnlyList<string>> ReadCurrentAsync(ILedgerStorage ledger) => ledger.ReadSnapshotAsync(
        async (connection, transaction) =>
        {
            await using var command = SqlLedgerReads.Command(
                connection, "SELECT user_id, usage_day, day_earned, day_spent, day_messages, slice_start, slice_earned, slice_spent FROM coin_balances ORDER BY user_id");
            command.Transaction = transaction;
            return await SqlLedgerReads.ListAsync(
                command,
                row => Text(
                    row.GetString(0), row.IsDBNull(1) ? null : ledger.Dialect.GetDay(row, 1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4),
                    row.IsDBNull(5) ? null : ledger.Dialect.GetDay(row, 5), row.GetInt64(6), row.GetInt64(7)),
                CancellationToken.None);
        },
        CancellationToken.None);

    private static string Text(string user, DateOnly? day, long earned, long spent, long messages, DateOnly? slice, long sliceEarned, long sliceSpent) =>
        string.Create(CultureInfo.InvariantCulture, $"{user}: {day:yyyy-MM-dd} {earned} {spent} {messages}, {slice:yyyy-MM-dd} {sliceEarned} {sliceSpent}");

    private static async Task<StartedUnderTest> StartAsync(LedgerUnderTest ledger)
    {
        await ledger.InitializeAsync();
        return new StartedUnderTest(ledger);
    }

    private sealed record StartedUnderTest(LedgerUnderTest Ledger) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Ledger.DisposeAsync();
    }
}
