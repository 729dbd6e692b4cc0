using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Stores;
using GavatDashboard.Tests.Stores.Mirror;

namespace GavatDashboard.Tests.Faults;

/// <summary>
/// Write paths that are wrong on purpose, each in one way, built around the product's seams. The checks that the product passes must
/// find each of them: a check that finds nothing in a mutant proves nothing about the product.
/// </summary>
public sealed class MutantTests(SqliteUnderTest primary) : IClassFixture<SqliteUnderTest>, IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("gavat-mutant-").FullName;
    private MirrorUnderTest mirror = null!;
    private BatchWriter product = null!;

    public async Task InitializeAsync()
    {
        primary.Clock.Now = LedgerUnderTest.Noon;
        mirror = new MirrorUnderTest(primary.Ledger, Path.Combine(folder, "mirror.db"));
        await mirror.FollowAsync();
        product = new BatchWriter(mirror.Stores, mirror.Mirror, new NoCache(), primary.Clock);
    }

    public async Task DisposeAsync()
    {
        await mirror.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Product_PassesEveryCheck()
    {
        Assert.True(await HoldsAcknowledgedAsync(product));
        Assert.True(await DoesOnceAsync(product));
        Assert.True(await AddsUpAsync(product));
        Assert.True(await StopsUnderAClosedEpochAsync(product));
    }

    [Fact]
    public async Task AcknowledgingBeforeTheMirror_IsCaughtByWhatTheFallbackHolds() =>
        Assert.False(await HoldsAcknowledgedAsync(new WithoutMirror(primary)));

    [Fact]
    public async Task WritingWithoutTheFence_IsCaughtByTheClosedEpoch() => Assert.False(await StopsUnderAClosedEpochAsync(new WithoutFence(primary)));

    [Fact]
    public async Task WritingWithoutGroupingByAccount_IsCaughtBySumsAgainstBalances() => Assert.False(await AddsUpAsync(new WithoutGrouping(primary)));

    [Fact]
    public async Task WritingWithoutTheKeys_IsCaughtByARequestThatIsSentAgain() => Assert.False(await DoesOnceAsync(new WithoutKeys(product)));

    /// <summary>What was acknowledged is in the fallback, if that says that it may take over.</summary>
    private async Task<bool> HoldsAcknowledgedAsync(IBatchWriter writer)
    {
        var user = await CreateUserAsync(writer);
        await writer.WriteAsync([Operations.Post(user, "earn_bonus", 50)], CancellationToken.None);
        if (!mirror.Marker.IsSet)
        {
            return true;
        }

        mirror.Tables.CatchUp();
        return await mirror.Ledger.FindAccountAsync(user, CancellationToken.None) is { Balance.Value: 50 };
    }

    /// <summary>The same request twice, in one batch and in two, is done once.</summary>
    private async Task<bool> DoesOnceAsync(IBatchWriter writer)
    {
        var user = await CreateUserAsync(writer);
        var earn = Operations.Post(user, "earn_bonus", 7);
        await writer.WriteAsync([earn, earn with { EntryId = Guid.CreateVersion7() }], CancellationToken.None);
        await writer.WriteAsync([earn with { EntryId = Guid.CreateVersion7() }], CancellationToken.None);
        return (await primary.Ledger.FindAccountAsync(user, CancellationToken.None))!.Balance.Value == 7;
    }

    /// <summary>Two operations on one account in one batch both count.</summary>
    private async Task<bool> AddsUpAsync(IBatchWriter writer)
    {
        var user = await CreateUserAsync(writer);
        await writer.WriteAsync([Operations.Post(user, "earn_bonus", 7), Operations.Post(user, "earn_bonus", 8)], CancellationToken.None);
        var account = await primary.Ledger.FindAccountAsync(user, CancellationToken.None);
        var entries = await primary.Ledger.ListEntriesAsync(new EntryQuery { UserId = user }, CancellationToken.None);
        return account!.Balance.Value == entries.Sum(entry => entry.Amount.Value);
    }

    /// <summary>A writer that decided under an epoch which is closed meanwhile writes nothing.</summary>
    private async Task<bool> StopsUnderAClosedEpochAsync(IBatchWriter writer)
    {
        var user = await CreateUserAsync(writer);
        var stale = await LoadAsync([Operations.Post(user, "earn_bonus", 9)]);
        await SqlAsync("UPDATE ledger_head SET epoch = epoch + 1");
        try
        {
            await (writer is WithoutFence mutant ? mutant.CommitAsync(stale) : CommitAsync(stale));
        }
        catch (Exception refused) when (refused is Microsoft.Data.Sqlite.SqliteException or StoreUnavailableException or InvalidOperationException)
        {
            // Refused by the ledger, as it must be: what it holds is looked at below.
        }

        return (await primary.Ledger.FindAccountAsync(user, CancellationToken.None))!.Balance.Value == 0;
    }

    private static async Task<string> CreateUserAsync(IBatchWriter writer)
    {
        var user = $"user-{Guid.NewGuid():N}";
        await writer.WriteAsync([Operations.Create(user)], CancellationToken.None);
        return user;
    }

    private async Task<LedgerDelta> LoadAsync(IReadOnlyList<LedgerOperation> operations)
    {
        await using var session = await primary.Ledger.BeginAsync(LedgerReads.For(operations, primary.Clock.Now), CancellationToken.None);
        return LedgerBatch.Decide(session.State, operations, primary.Clock.Now).Delta;
    }

    private async Task CommitAsync(LedgerDelta delta)
    {
        await using var session = await primary.Ledger.BeginAsync(LedgerReads.For([], primary.Clock.Now), CancellationToken.None);
        await session.CommitAsync(delta, CancellationToken.None);
    }

    private async Task SqlAsync(string sql)
    {
        await using var connection = await primary.Database.OpenAsync(CancellationToken.None);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Commits in the primary ledger as a mutant would have it, and tells nobody else.</summary>
    private abstract class Mutant(SqliteUnderTest primary) : IBatchWriter
    {
        public StoreKind Current => StoreKind.Sqlite;

        public async Task<LedgerCommit> WriteAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
        {
            await using var session = await primary.Ledger.BeginAsync(LedgerReads.For(operations, primary.Clock.Now), cancellationToken);
            var before = session.State.Accounts.ToDictionary(account => account.Key, account => account.Value);
            var (delta, results) = LedgerBatch.Decide(session.State, operations, primary.Clock.Now);
            await session.CommitAsync(Change(delta, before), cancellationToken);
            return new LedgerCommit(results, delta);
        }

        protected virtual LedgerDelta Change(LedgerDelta delta, IReadOnlyDictionary<string, Account> before) => delta;
    }

    /// <summary>Answers once the primary has it; the mirror would come later.</summary>
    private sealed class WithoutMirror(SqliteUnderTest primary) : Mutant(primary);

    /// <summary>Takes the epoch that it finds for its own.</summary>
    private sealed class WithoutFence(SqliteUnderTest primary) : Mutant(primary)
    {
        private readonly SqliteUnderTest primary = primary;

        public async Task CommitAsync(LedgerDelta delta)
        {
            await using var session = await primary.Ledger.BeginAsync(LedgerReads.For([], primary.Clock.Now), CancellationToken.None);
            var epoch = session.State.Head.Epoch;
            await session.CommitAsync(delta with { Before = delta.Before with { Epoch = epoch }, After = delta.After with { Epoch = epoch } }, CancellationToken.None);
        }
    }

    /// <summary>Adds only one entry of an account to its balance, as an update that is fed by several rows does.</summary>
    private sealed class WithoutGrouping(SqliteUnderTest primary) : Mutant(primary)
    {
        protected override LedgerDelta Change(LedgerDelta delta, IReadOnlyDictionary<string, Account> before) => delta with
        {
            Accounts =
            [
                .. delta.Accounts.Select(account => before.TryGetValue(account.UserId, out var old)
                    ? account with { Balance = old.Balance + FirstOf(account, delta), Earned = old.Earned + FirstOf(account, delta) }
                    : account),
            ],
        };

        private static CoinAmount FirstOf(Account account, LedgerDelta delta) => delta.Entries.First(entry => entry.UserId == account.UserId).Amount;
    }

    /// <summary>Takes every request for a new one.</summary>
    private sealed class WithoutKeys(IBatchWriter inner) : IBatchWriter
    {
        public StoreKind Current => inner.Current;

        public Task<LedgerCommit> WriteAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken) =>
            inner.WriteAsync([.. operations.Select(operation => operation with { IdempotencyKey = $"{Guid.NewGuid():N}" })], cancellationToken);
    }
}
