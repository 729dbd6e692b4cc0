using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Stores;
using GavatDashboard.Tests.Stores.Mirror;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Tests.Features.Coins;

/// <summary>The single writer on a real ledger with its mirror: many callers, a full queue, callers who give up, and an operation that nobody can write.</summary>
public sealed class LedgerWriterTests(SqliteUnderTest primary) : IClassFixture<SqliteUnderTest>, IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("gavat-writer-").FullName;
    private MirrorUnderTest mirror = null!;

    public async Task InitializeAsync()
    {
        mirror = new MirrorUnderTest(primary.Ledger, Path.Combine(folder, "fallback.db"));
        await mirror.FollowAsync();
    }

    public async Task DisposeAsync()
    {
        await mirror.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task FullQueue_RefusesAtOnce_AndLosesNothingThatItTook()
    {
        var user = await NewUserAsync();
        using var writer = await StartAsync(capacity: 8);

        var answers = await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => Task.Run(() => TryAsync(writer, Operations.Post(user, "earn_admin", 1)))));

        var (taken, refused) = (answers.Count(isTaken => isTaken), answers.Count(isTaken => !isTaken));
        Assert.True(taken > 0 && refused > 0, $"{taken} were taken and {refused} refused.");
        Assert.Equal(taken, (await primary.Ledger.FindAccountAsync(user, CancellationToken.None))!.Balance.Value);
    }

    [Fact]
    public async Task IdenticalRequests_AtOnce_PostOneEntryAndGetOneAnswer()
    {
        var user = await NewUserAsync();
        using var writer = await StartAsync();
        var operation = Operations.Post(user, "earn_bonus", 7);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(
            () => writer.WriteAsync(operation with { EntryId = Guid.CreateVersion7() }, CancellationToken.None))));

        var posted = answers.Select(answer => answer.Posted()).ToArray();
        Assert.Single(posted, answer => !answer.Replayed);
        Assert.Single(posted.Select(answer => answer.Entry.Id).Distinct());
        Assert.Equal(7, (await primary.Ledger.FindAccountAsync(user, CancellationToken.None))!.Balance.Value);
    }

    [Fact]
    public async Task CallersWhoGiveUp_LeaveWholeOperationsOrNone()
    {
        var user = await NewUserAsync();
        using var writer = await StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(number => Task.Run(async () =>
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMicroseconds(number * 20));
            try
            {
                await writer.WriteAsync(Operations.Post(user, "earn_admin", 3), patience.Token);
            }
            catch (OperationCanceledException) when (patience.IsCancellationRequested)
            {
                // Whether it happens is open; that it happens by half is what must not be.
            }
        })));
        await writer.WriteAsync(Operations.Post(user, "earn_admin", 3), CancellationToken.None);

        var account = (await primary.Ledger.FindAccountAsync(user, CancellationToken.None))!;
        var entries = await primary.Ledger.ListEntriesAsync(new EntryQuery { UserId = user, Limit = 1_000 }, CancellationToken.None);
        Assert.Equal(account.Balance.Value, entries.Sum(entry => entry.Amount.Value));
        Assert.Equal(0, account.Balance.Value % 3);
    }

    [Fact]
    public async Task OperationThatCannotBeWritten_FailsAlone()
    {
        var user = await NewUserAsync();
        using var writer = await StartAsync();
        var poison = Operations.Post(user, "reversal", 1);

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(number => Task.Run(async () =>
        {
            var failure = await Record.ExceptionAsync(() => writer.WriteAsync(number == 30 ? poison : Operations.Post(user, "earn_admin", 1), CancellationToken.None));
            return (number, failure);
        })));

        Assert.All(answers, answer => Assert.Equal(answer.number == 30, answer.failure is ArgumentException));
        Assert.Equal(59, (await primary.Ledger.FindAccountAsync(user, CancellationToken.None))!.Balance.Value);
    }

    [Fact]
    public async Task OperationThatCannotBeWritten_LeavesNothingOfItsBatchRemembered()
    {
        var user = await NewUserAsync();
        var batches = new BatchWriter(mirror.Stores, mirror.Mirror, new NoCache(), primary.Clock);
        await batches.WriteAsync([Operations.Post(user, "earn_admin", 5)], CancellationToken.None);
        var mate = Operations.Post(user, "earn_admin", 1);

        await Assert.ThrowsAsync<ArgumentException>(() => batches.WriteAsync([mate, Operations.Post(user, "reversal", 1)], CancellationToken.None));
        var answer = Assert.Single((await batches.WriteAsync([mate], CancellationToken.None)).Results).Posted();

        Assert.False(answer.Replayed);
        Assert.Equal(6, (await primary.Ledger.FindAccountAsync(user, CancellationToken.None))!.Balance.Value);
        Assert.NotNull(await primary.Ledger.FindEntryAsync(answer.Entry.Id, CancellationToken.None));
    }

    private static async Task<bool> TryAsync(LedgerWriter writer, LedgerOperation operation)
    {
        try
        {
            (await writer.WriteAsync(operation, CancellationToken.None)).Posted();
            return true;
        }
        catch (LedgerBusyException busy)
        {
            Assert.True(busy.RetryAfter > TimeSpan.Zero);
            return false;
        }
    }

    private async Task<string> NewUserAsync()
    {
        var user = $"user-{Guid.NewGuid():N}";
        await primary.CreateUserAsync(user);
        Assert.True(await mirror.ResyncAsync());
        return user;
    }

    private async Task<LedgerWriter> StartAsync(int capacity = 4_096)
    {
        var batches = new BatchWriter(mirror.Stores, mirror.Mirror, new NoCache(), primary.Clock);
        var writer = new LedgerWriter(
            batches, [], Options.Create(new LedgerWriterOptions { QueueCapacity = capacity }), TimeProvider.System, NullLogger<LedgerWriter>.Instance);
        await writer.StartAsync(CancellationToken.None);
        return writer;
    }
}
