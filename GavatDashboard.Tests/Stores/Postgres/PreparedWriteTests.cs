using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Sql;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace GavatDashboard.Tests.Stores.Postgres;

/// <summary>A batch that is in an open transaction of PostgreSQL while the one before it is on its way: what it holds, and what becomes of it.</summary>
public sealed class PreparedWriteTests(PostgresUnderTest postgres) : IClassFixture<PostgresUnderTest>, IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private readonly string _ada = $"ada-{Guid.NewGuid():N}";
    private readonly string _bob = $"bob-{Guid.NewGuid():N}";
    private LedgerState _state = null!;

    public async Task InitializeAsync()
    {
        postgres.Clock.Now = LedgerUnderTest.Noon;
        await postgres.CreateUserAsync(_ada);
        await postgres.CreateUserAsync(_bob);
        _state = await postgres.Ledger.LoadAsync(LedgerReads.For([Earn(_ada, 1), Earn(_bob, 1)], LedgerUnderTest.Noon), CancellationToken.None);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("other accounts")]
    [InlineData("the same account")]
    [InlineData("one of both")]
    public async Task Prepared_NeverMakesTheOneBeforeItWait_AndIsWrittenAfterIt(string shared)
    {
        var first = Decide(shared == "one of both" ? [Earn(_ada, 1), Earn(_bob, 2)] : [Earn(_ada, 1)]);
        var second = Decide(shared switch
        {
            "other accounts" => [Earn(_bob, 10), Record(_bob)],
            "the same account" => [Earn(_ada, 10), Record(_ada)],
            _ => [Earn(_bob, 10), Operations.Create($"new-{Guid.NewGuid():N}")],
        });

        await using var prepared = await PrepareAsync(second, first);
        Assert.Null(await postgres.Ledger.FindEntryAsync(second.Entries[0].Id, CancellationToken.None));
        await WriteAsync(first).WaitAsync(Soon);
        await prepared!.CommitAsync(CancellationToken.None);

        foreach (var account in second.Accounts)
        {
            Assert.Equal(account, await postgres.Ledger.FindAccountAsync(account.UserId, CancellationToken.None));
        }

        Assert.NotNull(await postgres.Ledger.FindEntryAsync(second.Entries[0].Id, CancellationToken.None));
        Assert.Equal(second.After.Revision, (await postgres.Ledger.ReadHeadAsync(CancellationToken.None)).Revision);
        foreach (var row in second.Usage)
        {
            Assert.Equal(row, await postgres.Ledger.ReadUsageAsync(row.UserId, row.Day, CancellationToken.None));
        }
    }

    [Fact]
    public async Task Prepared_IsTakenBack_WhenTheOneBeforeItComesToNothing()
    {
        var first = Decide(Earn(_ada, 1));
        var second = Decide(Earn(_bob, 10));

        await (await PrepareAsync(second, first))!.DisposeAsync();

        await AssertNothingOfAsync(second);
        await AssertWritesAsync(_bob);
    }

    [Fact]
    public async Task Prepared_IsRefused_BeforeTheOneOnWhichItBuildsIsWritten()
    {
        var first = Decide(Earn(_ada, 1));
        var second = Decide(Earn(_bob, 10));
        await using var prepared = await PrepareAsync(second, first);

        await Assert.ThrowsAsync<LedgerConflictException>(() => prepared!.CommitAsync(CancellationToken.None));

        await AssertNothingOfAsync(second);
        await AssertWritesAsync(_bob);
    }

    [Fact]
    public async Task Prepared_IsRefused_UnderAnEpochThatIsClosedMeanwhile()
    {
        var first = Decide(Earn(_ada, 1));
        var second = Decide(Earn(_bob, 10));
        await using var prepared = await PrepareAsync(second, first);
        await WriteAsync(first);
        await SqlAsync("UPDATE ledger_head SET epoch = epoch + 1");

        await Assert.ThrowsAsync<LedgerConflictException>(() => prepared!.CommitAsync(CancellationToken.None));

        await AssertNothingOfAsync(second);
        await AssertWritesAsync(_bob);
    }

    [Fact]
    public async Task Prepared_UnderAKeyThatWasUsedBefore_IsRefusedAtOnce()
    {
        var kept = Operations.Post(_ada, "spend_special");
        (await postgres.DoAsync(kept)).Refused();
        _state.Head = await postgres.Ledger.ReadHeadAsync(CancellationToken.None);
        var first = Decide(Earn(_ada, 1));

        await Assert.ThrowsAsync<LedgerConflictException>(() => PrepareAsync(Decide(Operations.Post(_bob, "earn_admin", 5, kept.IdempotencyKey)), first));

        await AssertWritesAsync(_bob);
    }

    [Fact]
    public async Task Batch_ThatUsesAKeyOfTheOneBeforeIt_OrChangesThePolicy_IsNotPrepared()
    {
        var first = Decide(Earn(_ada, 1));
        var activity = Record(_bob) with { IdempotencyKey = first.Entries[0].IdempotencyKey };
        _state.EntriesByKey.Clear();
        Assert.Null(await PrepareAsync(Decide(activity), first));

        var policy = new ChangePolicy { IdempotencyKey = $"{Guid.NewGuid():N}", Actor = "test", UserId = string.Empty, Policy = LedgerPolicy.Default };
        Assert.Null(await PrepareAsync(Decide(policy), first));
    }

    [Fact]
    public async Task Prepared_WhoseBackendIsEnded_IsNotWritten()
    {
        var first = Decide(Earn(_ada, 1));
        var second = Decide(Earn(_bob, 10));
        await using var prepared = await PrepareAsync(second, first);
        await WriteAsync(first);
        Assert.Equal(1L, await SqlAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"));

        await Assert.ThrowsAsync<StoreUnavailableException>(() => prepared!.CommitAsync(CancellationToken.None));

        await AssertNothingOfAsync(second);
        await AssertWritesAsync(_bob);
    }

    [Fact]
    public async Task Prepared_IsEndedByTheFence()
    {
        var first = Decide(Earn(_ada, 1));
        var second = Decide(Earn(_bob, 10));
        await using var prepared = await PrepareAsync(second, first);
        await using var source = PostgresSource.Create(postgres.ConnectionString, NullLoggerFactory.Instance);
        await using var control = new PostgresControl(source, postgres.ConnectionString, TimeProvider.System);

        Assert.Equal(1, await control.EndWritersAsync(ofAllInstances: false, CancellationToken.None));
        await WriteAsync(first);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => prepared!.CommitAsync(CancellationToken.None));
        await AssertNothingOfAsync(second);
    }

    [Fact]
    public async Task Prepared_ThatStandsStill_IsTakenBackByTheServer_AndRefused()
    {
        var first = Decide(Earn(_ada, 1));
        var second = Decide(Earn(_bob, 10));
        await using var prepared = await PrepareAsync(second, first);
        await WriteAsync(first);

        // As another process would that needs the account: it waits until the server has had enough, and no longer.
        await using var session = await postgres.Ledger.BeginAsync(LedgerReads.For([Earn(_bob, 3)], LedgerUnderTest.Noon), CancellationToken.None);
        await session.CommitAsync(LedgerBatch.Decide(session.State, [Earn(_bob, 3)], LedgerUnderTest.Noon).Delta, CancellationToken.None).WaitAsync(Soon);

        await Assert.ThrowsAsync<LedgerConflictException>(() => prepared!.CommitAsync(CancellationToken.None));
        await AssertNothingOfAsync(second);
    }

    [Fact]
    public async Task Prepared_YieldsToWhoeverHoldsTheHead_AndNeedsARowOfIt()
    {
        var first = Decide(Earn(_ada, 1));
        var second = Decide(Earn(_bob, 10));
        await using var prepared = await PrepareAsync(second, first);
        await WriteAsync(first);
        await using var session = await postgres.Ledger.BeginAsync(LedgerReads.For([Earn(_bob, 3)], LedgerUnderTest.Noon), CancellationToken.None);
        var waiting = session.CommitAsync(LedgerBatch.Decide(session.State, [Earn(_bob, 3)], LedgerUnderTest.Noon).Delta, CancellationToken.None);

        await Assert.ThrowsAsync<LedgerConflictException>(() => prepared!.CommitAsync(CancellationToken.None));

        await waiting.WaitAsync(Soon);
        await AssertNothingOfAsync(second);
        Assert.Equal(3, (await postgres.Ledger.FindAccountAsync(_bob, CancellationToken.None))!.Balance.Value);
    }

    private static PostCoins Earn(string user, long amount) => Operations.Post(user, "earn_admin", amount);

    private static RecordActivity Record(string user) =>
        new() { IdempotencyKey = $"activity:{Guid.NewGuid():N}", Actor = "test", UserId = user, Kind = "login" };

    private LedgerDelta Decide(params LedgerOperation[] operations) => LedgerBatch.Decide(_state, operations, LedgerUnderTest.Noon).Delta;

    private Task<IPreparedWrite?> PrepareAsync(LedgerDelta delta, LedgerDelta ahead) =>
        postgres.Ledger.PrepareAsync(delta, UnseenKeys.Of(delta), ahead, CancellationToken.None);

    private Task WriteAsync(LedgerDelta delta) => postgres.Ledger.WriteAsync(delta, UnseenKeys.Of(delta), CancellationToken.None);

    private async Task AssertNothingOfAsync(LedgerDelta delta)
    {
        Assert.Null(await postgres.Ledger.FindEntryAsync(delta.Entries[0].Id, CancellationToken.None));
        Assert.NotEqual(delta.After.ChainHash, (await postgres.Ledger.ReadHeadAsync(CancellationToken.None)).ChainHash);
    }

    /// <summary>Nobody holds the account any more, nor the writer's connections.</summary>
    private async Task AssertWritesAsync(string user)
    {
        for (var i = 0; i < 3; i++)
        {
            var state = await postgres.Ledger.LoadAsync(LedgerReads.For([Earn(user, 1)], LedgerUnderTest.Noon), CancellationToken.None);
            var delta = LedgerBatch.Decide(state, [Earn(user, 1)], LedgerUnderTest.Noon).Delta;
            await WriteAsync(delta).WaitAsync(Soon);
        }
    }

    private async Task<long> SqlAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(postgres.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToInt64(await command.ExecuteScalarAsync() ?? 0L, CultureInfo.InvariantCulture);
    }
}
