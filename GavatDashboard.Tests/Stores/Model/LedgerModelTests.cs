using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Tests.Stores.Model;

/// <summary>
/// Random operations against a plain model: every answer and everything that is held in the end must be the model's.
/// A failure names its seed; <c>MODEL_SEED=n</c> runs that one alone.
/// </summary>
[Trait("Category", "Slow")]
public abstract class LedgerModelTests
{
    [Fact]
    public async Task Ledger_OfRandomOperations_AnswersAndHoldsWhatTheModelDoes()
    {
        foreach (var seed in ModelSeeds.All(Seeds))
        {
            await using var store = await StartAsync();
            await RunAsync(store.Ledger, seed);
        }
    }

    /// <summary>How many seeds a run takes.</summary>
    private protected abstract int Seeds { get; }

    private protected abstract Task<StartedLedger> StartAsync();

    private static async Task RunAsync(LedgerUnderTest ledger, int seed)
    {
        var (model, operations, version) = (new LedgerModel(), new ModelOperations(seed), 0L);
        for (var round = 0; round < 120; round++)
        {
            ledger.Clock.Now += operations.Pause();
            LedgerOperation[] batch = [.. Enumerable.Range(0, operations.BatchSize()).Select(_ => operations.Next(version))];
            var results = await ledger.Ledger.ExecuteAsync(batch, CancellationToken.None);
            for (var i = 0; i < batch.Length; i++)
            {
                var expected = model.Do(batch[i], LedgerTime.Truncate(ledger.Clock.Now));
                var actual = ModelAnswer.Of(results[i]);
                Assert.True(expected == actual, Differs(seed, $"batch {round}, operation {i}, {batch[i]}", expected, actual));
            }

            operations.Settle(batch);
            version = results.OfType<OperationResult.PolicyChanged>().Select(changed => changed.Policy.Version).Prepend(version).Max();
        }

        await ModelComparison.AssertHoldsAsync(ledger.Ledger, model, seed);
    }

    private static string Differs(int seed, string where, string expected, string actual) =>
        string.Create(CultureInfo.InvariantCulture, $"MODEL_SEED={seed}: {where}\n  the model: {expected}\n  the ledger: {actual}");

    private protected sealed record StartedLedger(LedgerUnderTest Ledger) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Ledger.DisposeAsync();
    }

    private protected static async Task<StartedLedger> StartAsync(LedgerUnderTest ledger)
    {
        await ledger.InitializeAsync();
        return new StartedLedger(ledger);
    }
}

public sealed class PostgresModelTests : LedgerModelTests
{
    private protected override int Seeds => 4;

    private protected override Task<StartedLedger> StartAsync() => StartAsync(new PostgresUnderTest());
}

public sealed class SqliteModelTests : LedgerModelTests
{
    private protected override int Seeds => 12;

    private protected override Task<StartedLedger> StartAsync() => StartAsync(new SqliteUnderTest());
}

/// <summary>Which seeds a run takes: new ones each time, or the one that a failure named.</summary>
internal static class ModelSeeds
{
    public static IEnumerable<int> All(int count) =>
        int.TryParse(Environment.GetEnvironmentVariable("MODEL_SEED"), CultureInfo.InvariantCulture, out var named)
            ? [named]
            : Enumerable.Range(0, count).Select(_ => Random.Shared.Next(1_000_000));
}

/// <summary>Compares what a ledger holds with what the model holds.</summary>
internal static class ModelComparison
{
    public static async Task AssertHoldsAsync(ILedgerStorage ledger, LedgerModel model, int seed)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"MODEL_SEED={seed}, {ledger.Kind}");
        var expected = model.Accounts.Values.Select(account => $"{account}").Concat(model.Entries.Select(entry => Text(entry.Id, entry.User, entry.Type, entry.Amount, entry.BalanceAfter, entry.Key)));
        List<string> actual = [];
        foreach (var account in await ledger.FindAccountsAsync([.. model.Accounts.Keys], CancellationToken.None))
        {
            actual.Add(ModelAnswer.Of(new OperationResult.TierPinned(account))["pinned: ".Length..]);
            Assert.True(account.Balance.Value >= 0, $"{name}: {account.UserId} is at {account.Balance}");
        }

        var entries = await ReadEntriesAsync(ledger, model.Accounts.Keys);
        actual.AddRange(entries.Select(entry => Text(entry.Id, entry.UserId, entry.Type.Code, entry.Amount.Value, entry.BalanceAfter.Value, entry.IdempotencyKey)));
        Assert.True(expected.Order(StringComparer.Ordinal).SequenceEqual(actual.Order(StringComparer.Ordinal)), $"{name}: accounts or entries differ");
        foreach (var ((user, day), usage) in model.Usage)
        {
            var held = await ledger.ReadUsageAsync(user, day, CancellationToken.None);
            Assert.True(
                (usage.Earned, usage.Spent, usage.Messages) == (held.Earned.Value, held.Spent.Value, held.Messages), $"{name}: the usage of {user} on {day:O} differs");
        }

        await AssertWholeAsync(ledger, name);
    }

    /// <summary>The chain is whole, balances are the sums of their entries, and all of it sums to zero.</summary>
    public static async Task AssertWholeAsync(ILedgerStorage ledger, string name)
    {
        SqlDialect dialect = ledger.Kind == StoreKind.PostgreSql ? new GavatDashboard.Stores.Postgres.PostgresDialect() : new GavatDashboard.Stores.Sqlite.SqliteDialect();
        var check = await ledger.ReadSnapshotAsync(
            (connection, transaction) => new SqlLedgerWalk(dialect).RunAsync(connection, transaction, CancellationToken.None), CancellationToken.None);
        Assert.True(check.Break is null, $"{name}: {check.Break?.Problem}");
    }

    private static async Task<List<Entry>> ReadEntriesAsync(ILedgerStorage ledger, IEnumerable<string> users)
    {
        List<Entry> all = [];
        foreach (var user in users)
        {
            var query = new EntryQuery { UserId = user, Limit = 500 };
            while (await ledger.ListEntriesAsync(query, CancellationToken.None) is { Count: > 0 } page)
            {
                all.AddRange(page);
                query = query with { Before = page[^1].Id };
            }
        }

        return all;
    }

    private static string Text(Guid id, string user, string type, long amount, long after, string key) =>
        string.Create(CultureInfo.InvariantCulture, $"{key}: {user} {type} {amount} then {after}, {id}");
}
