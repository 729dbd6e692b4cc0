using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Servers;
using GavatDashboard.Tests.Stores.Mirror;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace GavatDashboard.Tests.Benchmarks;

/// <summary>
/// The whole write path of the ledger: PostgreSQL with fsync and synchronous_commit, each operation mirrored in SQLite before it is
/// answered, against pgbench that does a plain insert and update on the same server.
/// </summary>
internal static class LedgerBenchmark
{
    private const int Users = 10_000;
    private const int Rounds = 1;
    private const int WindowSeconds = 3;
    private const string Hot = "user-00000";

    private static readonly (string Name, int Clients, bool IsHot)[] References =
        [("pgbench uniform, 1 client", 1, false), ("pgbench uniform, 16 clients", 16, false), ("pgbench uniform, 64 clients", 64, false), ("pgbench hot, 1 client", 1, true)];

    private static readonly (string Name, int Callers, bool IsHot)[] Ours =
    [
        ("ledger uniform, 1 caller", 1, false), ("ledger uniform, 16 callers", 16, false), ("ledger uniform, 64 callers", 64, false),
        ("ledger uniform, 256 callers", 256, false), ("ledger hot, 64 callers", 64, true),
    ];

    public static async Task RunAsync(TextWriter output)
    {
        var folder = Directory.CreateTempSubdirectory("gavat-bench-");
        await using var server = await PostgresServer.StartAsync(isDurable: true);
        await using var database = await server.CreateDatabaseAsync();
        await PostgresMigrations.RunAsync(database.ConnectionString, NullLogger.Instance, CancellationToken.None);
        await using (var source = PostgresSource.Create(database.ConnectionString, NullLoggerFactory.Instance))
        {
            await using var ledger = new PostgresLedger(source, TimeProvider.System);
            await using var mirror = new MirrorUnderTest(ledger, Path.Combine(folder.FullName, "fallback.db"));
            foreach (var piece in Enumerable.Range(0, Users).Select(Create).Chunk(500))
            {
                await ledger.ExecuteAsync(piece, CancellationToken.None);
            }

            await mirror.FollowAsync();
            await PreparePgbenchAsync(source, folder.FullName);
            var batches = new BatchWriter(mirror.Stores, mirror.Mirror, new NoCache(), TimeProvider.System);
            using var writer = new LedgerWriter(batches, [], Options.Create(new LedgerWriterOptions()), TimeProvider.System, NullLogger<LedgerWriter>.Instance);
            await writer.StartAsync(CancellationToken.None);
            using var applier = new MirrorApplier(mirror.Mirror, TimeProvider.System);
            await applier.StartAsync(CancellationToken.None);
            await MeasureAsync(output, writer, server, database, folder.FullName);
            await writer.StopAsync(CancellationToken.None);
            mirror.Mirror.CatchUp();
            await CheckBooksAsync(output, ledger, mirror);
        }

        folder.Delete(recursive: true);
    }

    private static async Task MeasureAsync(TextWriter output, LedgerWriter writer, PostgresServer server, PostgresDatabase database, string folder)
    {
        await output.WriteLineAsync(
            $"coin operations on {Users} users, PostgreSQL with fsync and synchronous_commit; median of {Rounds} interleaved runs of {WindowSeconds} s after one to warm up");
        var rates = References.ToDictionary(reference => reference.Name, _ => new List<double>(), StringComparer.Ordinal);
        var results = Ours.ToDictionary(run => run.Name, _ => new List<LoadResult>(), StringComparer.Ordinal);
        for (var round = 0; round <= Rounds; round++)
        {
            foreach (var (name, clients, isHot) in References)
            {
                var rate = await PgbenchAsync(server, database, Path.Combine(folder, isHot ? "hot.sql" : "uniform.sql"), clients);
                Keep(round, rates[name], rate);
            }

            foreach (var (name, callers, isHot) in Ours)
            {
                Keep(round, results[name], await Load.RunAsync(
                    callers, TimeSpan.FromSeconds(WindowSeconds), async (_, _) => Check(await writer.WriteAsync(Post(isHot), CancellationToken.None))));
            }
        }

        foreach (var (name, _, _) in References)
        {
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  {name,-32}{Median(rates[name]),10:N0}/s"));
        }

        foreach (var (name, _, _) in Ours)
        {
            await output.WriteLineAsync($"  {name,-32}{results[name].Median()}");
        }

        var best = References.Where(reference => !reference.IsHot).Max(reference => Median(rates[reference.Name]));
        await RatioAsync("uniform-256", results["ledger uniform, 256 callers"].Median().PerSecond / best);
        await RatioAsync("uniform-64", results["ledger uniform, 64 callers"].Median().PerSecond / best);
        await RatioAsync("hot-64", results["ledger hot, 64 callers"].Median().PerSecond / Median(rates["pgbench hot, 1 client"]));

        Task RatioAsync(string name, double ratio) => output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"ratio {name} {ratio:F2}"));
    }

    private static void Keep<T>(int round, List<T> results, T result)
    {
        if (round > 0)
        {
            results.Add(result);
        }
    }

    private static double Median(List<double> rates) => rates.Order().ElementAt(rates.Count / 2);

    private static async Task PreparePgbenchAsync(NpgsqlDataSource source, string folder)
    {
        await using var command = source.CreateCommand(
            $"""
            CREATE TABLE plain_accounts (id int PRIMARY KEY, balance bigint NOT NULL);
            CREATE TABLE plain_entries (id bigserial PRIMARY KEY, account int NOT NULL, amount bigint NOT NULL, at timestamptz NOT NULL DEFAULT now());
            INSERT INTO plain_accounts SELECT i, 0 FROM generate_series(1, {Users}) i;
            ANALYZE plain_accounts
            """);
        await command.ExecuteNonQueryAsync();
        const string Statement =
            "WITH e AS (INSERT INTO plain_entries (account, amount) VALUES (:id, 3) RETURNING account, amount) UPDATE plain_accounts a SET balance = a.balance + e.amount FROM e WHERE a.id = e.account;";
        await File.WriteAllTextAsync(Path.Combine(folder, "uniform.sql"), $"\\set id random(1, {Users})\n{Statement}\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "hot.sql"), $"\\set id 1\n{Statement}\n");
    }

    private static async Task<double> PgbenchAsync(PostgresServer server, PostgresDatabase database, string script, int clients)
    {
        var name = new NpgsqlConnectionStringBuilder(database.ConnectionString).Database!;
        var start = new ProcessStartInfo(ServerPrograms.Postgres("pgbench")) { RedirectStandardOutput = true };
        foreach (var argument in (string[])
        [
            "-n", "-M", "prepared", "-f", script, "-c", Text(clients), "-j", Text(Math.Min(clients, 2)), "-T", Text(WindowSeconds),
            "-h", server.Host, "-p", Text(server.Port), "-U", "postgres", name,
        ])
        {
            start.ArgumentList.Add(argument);
        }

        using var run = Process.Start(start) ?? throw new InvalidOperationException("pgbench did not start.");
        var text = await run.StandardOutput.ReadToEndAsync();
        await run.WaitForExitAsync();
        var line = text.Split('\n').SingleOrDefault(line => line.StartsWith("tps = ", StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"pgbench ended with {run.ExitCode} and no figure:\n{text}");
        return double.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture);

        static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A quick ledger that is wrong is worth nothing: sums, and the mirror against the primary.</summary>
    private static async Task CheckBooksAsync(TextWriter output, PostgresLedger ledger, MirrorUnderTest mirror)
    {
        var totals = await ledger.ReadTotalsAsync(CancellationToken.None);
        var mirrored = await mirror.Ledger.ReadTotalsAsync(CancellationToken.None);
        var (head, mirroredHead) = (await ledger.ReadHeadAsync(CancellationToken.None), await mirror.Ledger.ReadHeadAsync(CancellationToken.None));
        if (totals.Balances != totals.EntryAmounts || totals.Balances != mirrored.Balances || totals.Entries != mirrored.Entries
            || head.Sequence != mirroredHead.Sequence || !head.ChainHash.AsSpan().SequenceEqual(mirroredHead.ChainHash))
        {
            throw new InvalidOperationException($"The books do not balance: {totals} in PostgreSQL, {mirrored} in SQLite.");
        }

        await output.WriteLineAsync($"books: {totals.Entries} entries, {totals.Balances} coins, the same chain head in PostgreSQL and SQLite");
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

    private static PostCoins Post(bool isHot) => new()
    {
        IdempotencyKey = Guid.NewGuid().ToString("N"),
        Actor = "bench",
        UserId = isHot ? Hot : IdOf(Random.Shared.Next(Users)),
        Type = EntryType.EarnPurchase,
        Amount = new CoinAmount(3),
    };

    private static string IdOf(int user) => string.Create(CultureInfo.InvariantCulture, $"user-{user:D5}");
}
