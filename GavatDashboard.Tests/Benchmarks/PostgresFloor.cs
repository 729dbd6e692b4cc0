using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Tests.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace GavatDashboard.Tests.Benchmarks;

/// <summary>
/// What PostgreSQL takes when nobody asks, decides, notes or answers: batches that were decided beforehand, from one connection and from the
/// writer's two that take turns, and entries alone by COPY, each batch durable. Whatever the write path does on one connection, it can be no
/// quicker than the first.
/// </summary>
internal static class PostgresFloor
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(2);

    /// <summary>On a server of its own.</summary>
    public static async Task RunAsync(TextWriter output)
    {
        await using var server = await PostgresServer.StartAsync(isDurable: true);
        await RunAsync(output, server);
    }

    public static async Task RunAsync(TextWriter output, PostgresServer server)
    {
        await using var database = await server.CreateDatabaseAsync();
        await PostgresMigrations.RunAsync(database.ConnectionString, NullLogger.Instance, CancellationToken.None);
        await using var source = PostgresSource.Create(database.ConnectionString, NullLoggerFactory.Instance);
        await using var ledger = new PostgresLedger(source, TimeProvider.System);
        var state = await FillAsync(ledger);
        await using (var command = source.CreateCommand("CREATE TABLE copied_entries (LIKE coin_transactions INCLUDING ALL)"))
        {
            await command.ExecuteNonQueryAsync();
        }

        foreach (var size in new[] { 32, 64, 256 })
        {
            await WriteAsync(output, $"PostgreSQL alone, batches of {size}", await MeasureAsync(state, size, delta => ledger.WriteAsync(delta, UnseenKeys.Of(delta), CancellationToken.None)));
        }

        foreach (var size in new[] { 32, 128 })
        {
            await WriteAsync(output, $"two connections, batches of {size}", await MeasureInTurnAsync(state, size, ledger));
        }

        await using var connection = await source.OpenConnectionAsync();
        await WriteAsync(output, "PostgreSQL alone, COPY of 64 entries", await MeasureAsync(state, 64, delta => CopyAsync(connection, delta)));
    }

    private static async Task<LedgerState> FillAsync(PostgresLedger ledger)
    {
        var now = TimeProvider.System.GetUtcNow();
        foreach (var piece in Enumerable.Range(0, BenchmarkLedger.Users).Chunk(500))
        {
            await ledger.ExecuteAsync([.. piece.Select(BenchmarkLedger.Create)], CancellationToken.None);
        }

        await ledger.ExecuteAsync([BenchmarkLedger.WidenLimits()], CancellationToken.None);
        return await ledger.LoadAsync(LedgerReads.For([.. Enumerable.Range(0, BenchmarkLedger.Users).Select(BenchmarkLedger.Create)], now), CancellationToken.None);
    }

    /// <summary>Operations a second; deciding them is not counted.</summary>
    private static async Task<double> MeasureAsync(LedgerState state, int size, Func<LedgerDelta, Task> write)
    {
        var operations = 0;
        var watch = new Stopwatch();
        while (watch.Elapsed < Window)
        {
            var delta = Decide(state, size);
            watch.Start();
            await write(delta);
            watch.Stop();
            operations += size;
        }

        return operations / watch.Elapsed.TotalSeconds;
    }

    /// <summary>Operations a second, where each batch is made ready while the one before it commits; no two are made ready at once.</summary>
    private static async Task<double> MeasureInTurnAsync(LedgerState state, int size, PostgresLedger ledger)
    {
        const int InARow = 50;
        var operations = 0;
        var watch = new Stopwatch();
        while (watch.Elapsed < Window)
        {
            var deltas = Enumerable.Range(0, InARow).Select(_ => Decide(state, size)).ToArray();
            watch.Start();
            var before = ledger.WriteAsync(deltas[0], UnseenKeys.Of(deltas[0]), CancellationToken.None);
            for (var i = 1; i < InARow; i++)
            {
                var prepared = await ledger.PrepareAsync(deltas[i], UnseenKeys.Of(deltas[i]), deltas[i - 1], CancellationToken.None)
                    ?? throw new InvalidOperationException("A batch was not made ready: the benchmark would measure something else.");
                await before;
                before = prepared.CommitAsync(CancellationToken.None);
            }

            await before;
            watch.Stop();
            operations += InARow * size;
        }

        return operations / watch.Elapsed.TotalSeconds;
    }

    private static LedgerDelta Decide(LedgerState state, int size)
    {
        var (delta, results) = LedgerBatch.Decide(state, [.. Enumerable.Range(0, size).Select(_ => BenchmarkLedger.Post(isHot: false))], TimeProvider.System.GetUtcNow());
        foreach (var result in results)
        {
            BenchmarkLedger.Check(result);
        }

        return delta;
    }

    private static async Task CopyAsync(NpgsqlConnection connection, LedgerDelta delta)
    {
        await using var rows = await connection.BeginBinaryImportAsync(
            """
            COPY copied_entries (seq, entry_id, user_id, type, amount, balance_after, contra_account, idempotency_key, request_hash,
                effective_at, recorded_at, actor, epoch, chain_hash) FROM STDIN (FORMAT BINARY)
            """);
        foreach (var entry in delta.Entries)
        {
            await rows.WriteRowAsync(
                CancellationToken.None, entry.Sequence, entry.Id, entry.UserId, entry.Type.Code, entry.Amount.Value, entry.BalanceAfter.Value, entry.ContraAccount,
                entry.IdempotencyKey, entry.RequestHash, entry.EffectiveAt.UtcDateTime, entry.RecordedAt.UtcDateTime, entry.Actor, entry.Epoch, entry.ChainHash);
        }

        await rows.CompleteAsync();
    }

    private static Task WriteAsync(TextWriter output, string name, double perSecond) =>
        output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  {name,-36}{perSecond,10:N0}/s"));
}
