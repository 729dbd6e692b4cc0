using System.Collections.Concurrent;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Sql;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Tests.Stores.Mirror;

/// <summary>A batch that is decided and noted while the one before it is on its way to the primary, whatever becomes of either, for both primaries.</summary>
public abstract class PipelineTests(LedgerUnderTest primary) : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gavat-pipeline-").FullName;
    private readonly RecordingCache _cache = new();
    private MirrorUnderTest _fallback = null!;
    private BatchWriter _writer = null!;
    private Action<Func<LedgerDelta, Func<Task>, Task>?> _intercept = null!;
    private string _user = null!;

    /// <summary>What becomes of a batch that fails.</summary>
    public enum Failure
    {
        /// <summary>It was not written, and that is certain.</summary>
        Certain,

        /// <summary>It was not written, and nobody knows.</summary>
        InDoubtAndNotThere,

        /// <summary>It was written, and nobody knows.</summary>
        InDoubtAndThere,

        /// <summary>The ledger refused it, for another key or head than it was decided upon.</summary>
        Conflict,
    }

    public async Task InitializeAsync()
    {
        primary.Clock.Now = LedgerUnderTest.Noon;
        Start();
        await _fallback.FollowAsync();
        _user = $"user-{Guid.NewGuid():N}";
        await WriteAsync(Operations.Create(_user));
        _fallback.Tables.CatchUp();
    }

    public async Task DisposeAsync()
    {
        _writer.Dispose();
        await _fallback.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task SecondBatch_IsNotedWhileTheFirstIsOnItsWay_AndAnsweredAfterIt()
    {
        var road = Hold();
        var first = WriteAsync(Earn(10));
        await road.Reached;
        var second = WriteAsync(Operations.Post(_user, "spend_content", 4));

        Assert.Equal(2, (await _fallback.Journal.ReadNotesAsync(CancellationToken.None)).Count);
        Assert.False(first.IsCompleted || second.IsCompleted);
        Assert.Equal(1, road.Sent);
        Assert.Equal(0, await BalanceAsync(primary.Ledger));

        road.Open();
        Assert.Equal(10, (await first)[0].Posted().Account.Balance.Value);
        Assert.Equal(6, (await second)[0].Posted().Account.Balance.Value);
        await AssertFollowsAsync(6);
    }

    [Theory]
    [InlineData(Failure.Certain)]
    [InlineData(Failure.InDoubtAndNotThere)]
    [InlineData(Failure.InDoubtAndThere)]
    [InlineData(Failure.Conflict)]
    public async Task FirstBatch_ThatFails_LeavesTheSecondToBeDecidedAnew(Failure failure)
    {
        var road = Hold(failure);
        var earn = Earn(10);
        var first = WriteAsync(earn);
        await road.Reached;
        var second = WriteAsync(Earn(5), Operations.Post(_user, "spend_content", 12));
        road.Open();

        var answers = await second;
        Assert.IsType<OperationResult.Posted>(answers[0]);
        // What depends on the first one depends on whether it is there by then.
        var isThere = await ReadFailureAsync(first, failure);
        if (failure != Failure.Conflict)
        {
            Assert.Equal(isThere, answers[1] is OperationResult.Posted);
        }

        var again = (await WriteAsync(earn))[0].Posted();
        Assert.Equal(isThere, again.Replayed);
        await AssertFollowsAsync(answers[1] is OperationResult.Posted ? 3 : 15);
    }

    [Theory]
    [InlineData(Failure.Certain)]
    [InlineData(Failure.InDoubtAndNotThere)]
    [InlineData(Failure.InDoubtAndThere)]
    [InlineData(Failure.Conflict)]
    public async Task FirstBatch_ThatFails_LeavesNothingOfASecondThatWasMadeReadyOnOtherAccounts(Failure failure)
    {
        var other = $"user-{Guid.NewGuid():N}";
        await WriteAsync(Operations.Create(other));
        var road = Hold(failure);
        var first = WriteAsync(Earn(10));
        await road.Reached;
        var second = WriteAsync(Operations.Post(other, "earn_admin", 5), Operations.Create($"user-{Guid.NewGuid():N}"));
        road.Open();

        Assert.Equal(5, (await second)[0].Posted().Account.Balance.Value);
        var isThere = await ReadFailureAsync(first, failure);
        await AssertFollowsAsync(isThere ? 10 : 0);
    }

    [Fact]
    public async Task Cache_IsWrittenInTheOrderOfTheBatches()
    {
        var road = Hold();
        var first = WriteAsync(Earn(10));
        await road.Reached;
        var second = WriteAsync(Earn(5));
        // The second batch is done the moment it is let go, on the thread that lets it go: nothing of the first one may still be to come.
        road.IsSynchronous = true;
        road.Open();
        await Task.WhenAll(first, second);

        Assert.Equal([0L, 10L, 15L], _cache.Balances);
    }

    [Theory]
    [InlineData(Failure.Certain)]
    [InlineData(Failure.InDoubtAndNotThere)]
    [InlineData(Failure.InDoubtAndThere)]
    public async Task SameRequestInBothBatches_IsNotAnsweredBeforeItIsWritten(Failure failure)
    {
        var road = Hold(failure);
        var earn = Earn(10);
        var first = WriteAsync(earn);
        await road.Reached;
        var second = WriteAsync(earn);
        await Task.Delay(20);
        Assert.False(second.IsCompleted);
        road.Open();

        var answer = (await second)[0].Posted();
        Assert.Equal(await ReadFailureAsync(first, failure), answer.Replayed);
        await AssertFollowsAsync(10);
    }

    [Fact]
    public async Task SecondBatch_GivenUpByItsCallers_LeavesNoNote()
    {
        var road = Hold();
        var first = WriteAsync(Earn(10));
        await road.Reached;
        var earn = Earn(5);
        using var patience = new CancellationTokenSource();
        var second = _writer.WriteAsync([earn], patience.Token);
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.Single(await _fallback.Journal.ReadNotesAsync(CancellationToken.None));
        road.Open();
        await first;
        Assert.False((await WriteAsync(earn))[0].Posted().Replayed);
        await AssertFollowsAsync(15);
    }

    [Fact]
    public async Task SecondBatch_ThatCannotBeDecided_LeavesTheFirstAlone()
    {
        var road = Hold();
        var earn = Earn(10);
        var first = WriteAsync(earn);
        await road.Reached;
        var mate = Earn(5);

        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(mate, Operations.Post(_user, "reversal", 1)));
        road.Open();
        await first;

        Assert.True((await WriteAsync(earn))[0].Posted().Replayed);
        Assert.False((await WriteAsync(mate))[0].Posted().Replayed);
        await AssertFollowsAsync(15);
    }

    [Fact]
    public async Task Reversal_OfAnEntryOnItsWay_WaitsForItAndIsDoneOnce()
    {
        var entry = (await WriteAsync(Earn(10)))[0].Posted().Entry;
        var road = Hold();
        var first = WriteAsync(Operations.Reverse(entry));
        await road.Reached;
        var second = WriteAsync(Operations.Reverse(entry));
        road.Open();

        Assert.IsType<OperationResult.Posted>((await first)[0]);
        Assert.Equal(Refusal.AlreadyReversed, (await second)[0].Refused().Code);
        await AssertFollowsAsync(0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Restart_WithTwoNotesInDoubt_KeepsWhatThePrimaryHas(int committed)
    {
        await NoteTwoAsync(committed);

        await RestartAsync();
        await WriteAsync(Earn(1));

        await AssertFollowsAsync(committed switch { 0 => 1, 1 => 11, _ => 16 });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Promote_WithTwoNotesInDoubt_DoesBothInTheirOrder(int committed)
    {
        await NoteTwoAsync(committed);
        await RestartAsync();

        var promotion = await _fallback.PromoteAsync();

        Assert.Equal([10L, 5L], promotion.InDoubt.Select(note => Assert.Single(note.Entries).Amount.Value));
        Assert.Equal(15, await BalanceAsync(_fallback.Ledger));
    }

    [Fact]
    public async Task Promote_WithAFirstNoteThatThePrimaryWouldRefuse_DropsTheSecondToo()
    {
        var kept = Operations.Post(_user, "spend_special");
        (await WriteAsync(kept))[0].Refused();
        await NoteTwoAsync(committed: 0, keyOfFirst: kept.IdempotencyKey);
        await RestartAsync();

        var promotion = await _fallback.PromoteAsync();

        Assert.DoesNotContain(promotion.InDoubt, note => note.Entries.Count > 0);
        Assert.Equal(0, await BalanceAsync(_fallback.Ledger));
    }

    [Fact]
    public async Task Note_OfAThirdBatch_IsRefused()
    {
        var state = await NoteTwoAsync(committed: 0);

        Assert.Throws<InvalidOperationException>(() => _fallback.Mirror.Note(LedgerBatch.Decide(state, [Earn(1)], primary.Clock.Now).Delta));
    }

    [Fact]
    public async Task Confirm_ThatComesAfterThePrimarysHeadHasTold_LeavesTheOpenNoteAlone()
    {
        var state = await LoadAsync();
        var late = Decide(state, Earn(10));
        _fallback.Mirror.Note(late);
        await primary.Ledger.WriteAsync(late, UnseenKeys.None, CancellationToken.None);
        _fallback.Mirror.Settle(late.After);
        var open = Decide(state, Earn(5));
        _fallback.Mirror.Note(open);

        await _fallback.Mirror.ConfirmAsync(late);

        _fallback.Tables.CatchUp();
        Assert.Equal(10, await BalanceAsync(_fallback.Ledger));
        Assert.Equal(open.Entries[0].IdempotencyKey, Assert.Single(await NotesAsync()).Entries[0].IdempotencyKey);
        await primary.Ledger.WriteAsync(open, UnseenKeys.None, CancellationToken.None);
        await _fallback.Mirror.ConfirmAsync(open);
        await AssertFollowsAsync(15);
    }

    [Fact]
    public async Task Confirm_OfABatchWithoutANote_TakesTheMarkerAwayFirst()
    {
        var unnoted = Decide(await LoadAsync(), Earn(10));
        await primary.Ledger.WriteAsync(unnoted, UnseenKeys.None, CancellationToken.None);

        await _fallback.Mirror.ConfirmAsync(unnoted);

        Assert.Equal(MirrorState.Behind, _fallback.Standing.Status.State);
        Assert.False(_fallback.Marker.IsSet);
    }

    [Fact]
    public async Task Resync_WhileABatchIsOnItsWay_NotesItBeforeItFollows()
    {
        await _fallback.Mirror.DistrustAsync("the test copies it anew");
        var road = Hold();
        var first = WriteAsync(Earn(10));
        await road.Reached;
        var second = WriteAsync(Earn(5));

        Assert.True(await _fallback.ResyncAsync());

        Assert.Equal(2, (await NotesAsync()).Count);
        road.Open();
        await Task.WhenAll(first, second);
        await AssertFollowsAsync(15);
    }

    [Fact]
    public async Task ManyCallers_OnALedgerThatFailsAtRandom_LoseNothingAndDoNothingTwice()
    {
        const int Callers = 24;
        const int Each = 40;
        var seed = Random.Shared.Next(1_000_000);
        var random = new Random(seed);
        _intercept(async (_, write) =>
        {
            int fate;
            lock (random)
            {
                fate = random.Next(12);
            }

            await (fate switch
            {
                0 => Task.FromException(new InvalidOperationException("It was not written.")),
                1 => Task.FromException(new StoreUnavailableException(primary.Ledger.Kind, "It was not sent.", mayHaveHappened: false)),
                2 => Task.FromException(new StoreUnavailableException(primary.Ledger.Kind, "The answer was lost.", mayHaveHappened: true)),
                3 => LoseAnswerAsync(write),
                4 => Task.FromException(new LedgerConflictException(new InvalidOperationException("Refused."))),
                5 or 6 => SlowlyAsync(write),
                _ => write(),
            });
        });
        using var writer = new LedgerWriter(
            _writer, [], Options.Create(new LedgerWriterOptions { BatchSize = 16 }), TimeProvider.System, NullLogger<LedgerWriter>.Instance);
        await writer.StartAsync(CancellationToken.None);
        ConcurrentDictionary<Guid, OperationResult.Posted> acknowledged = new();

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
            {
                var posted = await UntilAnsweredAsync(writer, Operations.Post(_user, "earn_admin", 1));
                Assert.True(acknowledged.TryAdd(posted.Entry.Id, posted));
            }
        })));

        await writer.StopAsync(CancellationToken.None);
        _intercept(null);
        var entries = await primary.Ledger.ListEntriesAsync(new EntryQuery { UserId = _user, Limit = 10_000 }, CancellationToken.None);
        Assert.True(entries.Count == Callers * Each, $"seed {seed}: {entries.Count} entries of {Callers * Each} requests.");
        Assert.All(entries, entry => Assert.Equal(acknowledged[entry.Id].Entry.ChainHash, entry.ChainHash));
        await AssertFollowsAsync(Callers * Each);
    }

    private static async Task LoseAnswerAsync(Func<Task> write)
    {
        await write();
        throw new StoreUnavailableException(StoreKind.PostgreSql, "The answer was lost.", mayHaveHappened: true);
    }

    private static async Task SlowlyAsync(Func<Task> write)
    {
        await Task.Delay(3);
        await write();
    }

    private static async Task<OperationResult.Posted> UntilAnsweredAsync(LedgerWriter writer, PostCoins operation)
    {
        while (true)
        {
            try
            {
                return (await writer.WriteAsync(operation with { EntryId = Guid.CreateVersion7() }, CancellationToken.None)).Posted();
            }
            catch (Exception failure) when (failure is StoreUnavailableException or InvalidOperationException)
            {
                // As a client does that got no answer: the same key again.
                await Task.Yield();
            }
        }
    }

    /// <summary>What the first batch's caller heard.</summary>
    /// <returns>Whether the batch was written.</returns>
    private static async Task<bool> ReadFailureAsync(Task<IReadOnlyList<OperationResult>> first, Failure failure)
    {
        switch (failure)
        {
            case Failure.Certain:
                await Assert.ThrowsAsync<NotSupportedException>(() => first);
                return false;
            case Failure.Conflict:
                Assert.IsType<OperationResult.Posted>((await first)[0]);
                return true;
            default:
                Assert.True((await Assert.ThrowsAsync<StoreUnavailableException>(() => first)).MayHaveHappened);
                return failure == Failure.InDoubtAndThere;
        }
    }

    private Road Hold(Failure? failure = null)
    {
        var road = new Road(failure);
        _intercept(road.TravelAsync);
        return road;
    }

    private void Start()
    {
        _fallback = new MirrorUnderTest(InterceptedLedger.Before(primary.Ledger, out _intercept), Path.Combine(_folder, "fallback.db"));
        _writer = new BatchWriter(_fallback.Stores, _fallback.Mirror, _cache, primary.Clock);
    }

    private async Task RestartAsync()
    {
        _writer.Dispose();
        await _fallback.DisposeAsync();
        Start();
        await _fallback.OpenAsync();
    }

    private PostCoins Earn(long amount) => Operations.Post(_user, "earn_admin", amount);

    private async Task<IReadOnlyList<OperationResult>> WriteAsync(params LedgerOperation[] operations) =>
        (await _writer.WriteAsync(operations, CancellationToken.None)).Results;

    private Task<LedgerState> LoadAsync() => primary.Ledger.LoadAsync(
        new LedgerReads { UserIds = [_user], Keys = [], OriginalEntryIds = [], Day = DateOnly.FromDateTime(primary.Clock.Now.UtcDateTime) }, CancellationToken.None);

    private LedgerDelta Decide(LedgerState state, LedgerOperation operation) => LedgerBatch.Decide(state, [operation], primary.Clock.Now).Delta;

    /// <summary>What the writer does with two batches up to where the process dies.</summary>
    private async Task<LedgerState> NoteTwoAsync(int committed, string? keyOfFirst = null)
    {
        var state = await LoadAsync();
        _fallback.Mirror.Settle(state.Head);
        foreach (var (operation, number) in new[] { Operations.Post(_user, "earn_admin", 10, keyOfFirst), Earn(5) }.Select((operation, index) => (operation, index)))
        {
            var delta = Decide(state, operation);
            _fallback.Mirror.Note(delta);
            if (number < committed)
            {
                await primary.Ledger.WriteAsync(delta, UnseenKeys.None, CancellationToken.None);
            }
        }

        return state;
    }

    private async Task<IReadOnlyList<LedgerDelta>> NotesAsync() => await _fallback.Journal.ReadNotesAsync(CancellationToken.None);

    private async Task<long> BalanceAsync(ICoinLedger ledger) => (await ledger.FindAccountAsync(_user, CancellationToken.None))!.Balance.Value;

    private async Task AssertFollowsAsync(long balance)
    {
        _fallback.Tables.CatchUp();
        Assert.Equal(MirrorState.Following, _fallback.Standing.Status.State);
        Assert.True(_fallback.Marker.IsSet);
        Assert.Empty(await NotesAsync());
        Assert.Equal(balance, await BalanceAsync(primary.Ledger));
        Assert.Equal(await LedgerDump.ReadAsync(primary.Ledger), await LedgerDump.ReadAsync(_fallback.Ledger));
    }

    /// <summary>The way to the ledger, closed until it is opened. The first batch on it may fail.</summary>
    private sealed class Road(Failure? failure)
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _sent;

        /// <summary>The first batch is on it.</summary>
        public Task Reached => _reached.Task;

        /// <summary>Whether a batch that passes is done when the call returns.</summary>
        public bool IsSynchronous { get; set; }

        /// <summary>Batches that were sent.</summary>
        public int Sent => Volatile.Read(ref _sent);

        public void Open() => _open.SetResult();

        public async Task TravelAsync(LedgerDelta delta, Func<Task> write)
        {
            var isFirst = Interlocked.Increment(ref _sent) == 1;
            _reached.TrySetResult();
            await _open.Task;
            switch (isFirst ? failure : null)
            {
                case Failure.Certain:
                    throw new NotSupportedException("It was not written.");
                case Failure.Conflict:
                    throw new LedgerConflictException(new InvalidOperationException("Refused."));
                case Failure.InDoubtAndThere:
                    await write();
                    throw new StoreUnavailableException(StoreKind.PostgreSql, "The answer was lost.", mayHaveHappened: true);
                case Failure.InDoubtAndNotThere:
                    throw new StoreUnavailableException(StoreKind.PostgreSql, "The answer was lost.", mayHaveHappened: true);
                default:
                    var writing = write();
                    if (IsSynchronous && !isFirst)
                    {
                        ((IAsyncResult)writing).AsyncWaitHandle.WaitOne();
                    }

                    await writing;
                    break;
            }
        }
    }

    /// <summary>A cache that answers nothing and remembers what it was told.</summary>
    private sealed class RecordingCache : IBalanceCache
    {
        private readonly ConcurrentQueue<Account> _written = new();

        public IEnumerable<long> Balances => _written.Select(account => account.Balance.Value);

        public Task<Reading<Account>?> FindAsync(string userId, CancellationToken cancellationToken) => Task.FromResult<Reading<Account>?>(null);

        public Task WriteThroughAsync(IReadOnlyList<Account> accounts, CancellationToken cancellationToken)
        {
            foreach (var account in accounts)
            {
                _written.Enqueue(account);
            }

            return Task.CompletedTask;
        }

        public CacheTicket BeginFill(string userId) => default;

        public Task FillAsync(CacheTicket ticket, Account account, CancellationToken cancellationToken) => Task.CompletedTask;

        public void Distrust(string reason)
        {
            // It holds nothing that could be wrong.
        }
    }
}

public sealed class PostgresPipelineTests(PostgresUnderTest primary) : PipelineTests(primary), IClassFixture<PostgresUnderTest>;

public sealed class SqlitePipelineTests(SqliteUnderTest primary) : PipelineTests(primary), IClassFixture<SqliteUnderTest>;
