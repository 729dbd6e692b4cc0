using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Stores.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Tests.Benchmarks;

/// <summary>The SQLite ledger alone, durable (WAL, synchronous FULL): grouped commits of 64 callers against a commit for each call.</summary>
internal static class FallbackBenchmark
{
    private const int Users = 1_000;
    private const int Rounds = 5;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(3);

    public static async Task RunAsync(TextWriter output)
    {
        var folder = Directory.CreateTempSubdirectory("gavat-bench-").FullName;
        try
        {
            await using var database = new SqliteDatabase(Path.Combine(folder, "ledger.db"));
            SqliteMigrations.Run(database, NullLogger.Instance);
            var ledger = new SqliteLedger(database, TimeProvider.System);
            foreach (var piece in Enumerable.Range(0, Users).Select(Create).Chunk(500))
            {
                await ledger.ExecuteAsync(piece, CancellationToken.None);
            }

            using var writer = new LedgerWriter(
                new SqliteBatches(ledger), [], Options.Create(new LedgerWriterOptions()), TimeProvider.System, NullLogger<LedgerWriter>.Instance);
            await writer.StartAsync(CancellationToken.None);
            await MeasureAsync(output, ledger, writer);
            await writer.StopAsync(CancellationToken.None);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureAsync(TextWriter output, SqliteLedger ledger, LedgerWriter writer)
    {
        await output.WriteLineAsync($"coin operations on a SQLite file, {Users} users, median of {Rounds} interleaved runs of {Window.TotalSeconds} s after one to warm up");
        List<LoadResult> single = [], one = [], grouped = [];
        for (var round = 0; round <= Rounds; round++)
        {
            var alone = await Load.RunAsync(64, Window, async (caller, number) => Check((await ledger.ExecuteAsync([Post(caller, number)], CancellationToken.None))[0]));
            var lone = await Load.RunAsync(1, Window, async (caller, number) => Check(await writer.WriteAsync(Post(caller, number), CancellationToken.None)));
            var together = await Load.RunAsync(64, Window, async (caller, number) => Check(await writer.WriteAsync(Post(caller, number), CancellationToken.None)));
            if (round > 0)
            {
                single.Add(alone);
                one.Add(lone);
                grouped.Add(together);
            }
        }

        await output.WriteLineAsync($"  64 callers, a commit a call                {single.Median()}");
        await output.WriteLineAsync($"   1 caller, through the writer              {one.Median()}");
        await output.WriteLineAsync($"  64 callers, through the writer             {grouped.Median()}");
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"ratio fallback-64 {grouped.Median().PerSecond / single.Median().PerSecond:F2}"));
    }

    private static void Check(OperationResult result)
    {
        if (result is not OperationResult.Posted { Replayed: false })
        {
            throw new InvalidOperationException($"An operation was answered with {result}: the benchmark would measure something else.");
        }
    }

    private static CreateUser Create(int user) =>
        new() { IdempotencyKey = $"create-{user}", Actor = "bench", UserId = IdOf(user), Username = IdOf(user) };

    private static PostCoins Post(int caller, int number) => new()
    {
        IdempotencyKey = Guid.NewGuid().ToString("N"),
        Actor = "bench",
        UserId = IdOf(((caller * 131) + number) % Users),
        Type = EntryType.EarnPurchase,
        Amount = new CoinAmount(3),
    };

    private static string IdOf(int user) => string.Create(CultureInfo.InvariantCulture, $"user-{user:D4}");

    /// <summary>The batches of the writer, on this ledger and nothing else: no mirror, no cache.</summary>
    private sealed class SqliteBatches(SqliteLedger ledger) : IBatchWriter
    {
        public StoreKind Current => StoreKind.Sqlite;

        public async Task<LedgerCommit> WriteAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
        {
            var now = TimeProvider.System.GetUtcNow();
            await using var session = await ledger.BeginAsync(LedgerReads.For(operations, now), cancellationToken);
            var (delta, results) = LedgerBatch.Decide(session.State, operations, now);
            await session.CommitAsync(delta, cancellationToken);
            return new LedgerCommit(results, delta);
        }
    }
}
