using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Sqlite;
using NSubstitute;

namespace GavatDashboard.Tests.Stores.Mirror;

/// <summary>What the fallback's file holds after the application, its disk or the primary fail at any step, for both primaries.</summary>
public abstract class LedgerMirrorTests(LedgerUnderTest primary) : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gavat-mirror-").FullName;
    private MirrorUnderTest _fallback = null!;
    private BatchWriter _writer = null!;

    public async Task InitializeAsync()
    {
        primary.Clock.Now = LedgerUnderTest.Noon;
        Start();
        await _fallback.FollowAsync();
    }

    public async Task DisposeAsync()
    {
        await _fallback.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Write_EveryKindOfOperation_LeavesTheSameInBothStores()
    {
        var lara = NewUser();
        var mert = NewUser();
        await WriteAsync(Operations.Create(lara), Operations.Create(mert, UserType.Creator));
        var earned = (await WriteAsync(Operations.Post(lara, "earn_bonus", 90)))[0].Posted();
        await WriteAsync(
            Operations.Post(lara, "spend_message") with { RelatedUserId = mert, Description = "héllo 🙂", Metadata = "{\"a\": 1}" },
            Operations.Post(lara, "spend_content", 500),
            Operations.Post(mert, "earn_purchase", 5_000) with { EffectiveAt = LedgerUnderTest.Noon.AddDays(-40).AddTicks(7) },
            Operations.Reverse((await WriteAsync(Operations.Post(mert, "earn_task")))[0].Posted().Entry));
        await WriteAsync(
            new PinTier { IdempotencyKey = NewKey(), Actor = "ada", UserId = lara, Tier = Tier.Gold, Reason = "promised", ExpiresAt = LedgerUnderTest.Noon.AddDays(3) },
            new RecordActivity { IdempotencyKey = NewKey(), Actor = "bot", UserId = mert, Kind = "login" });

        await AssertSameAsync();
        Assert.Equal(earned.Account.Balance.Value - 5, (await _fallback.Ledger.FindAccountAsync(lara, CancellationToken.None))!.Balance.Value);
    }

    [Fact]
    public async Task Resync_CalledForBeforeItFollowed_CopiesNothingOverIt()
    {
        await _fallback.Mirror.DistrustAsync("once");
        await _fallback.Mirror.DistrustAsync("twice");
        Assert.True(await _fallback.ResyncAsync());

        Assert.False(_fallback.Tables.BeginCopy());
        Assert.Equal(MirrorState.Following, _fallback.Standing.Status.State);
        Assert.True(_fallback.Marker.IsSet);
        await _fallback.PromoteAsync();
        Assert.False(_fallback.Tables.BeginCopy());
        Assert.Equal(MirrorState.Leading, _fallback.Standing.Status.State);
    }

    [Fact]
    public async Task Restart_AfterTheIntentAndBeforeTheCommit_DropsIt()
    {
        var user = NewUser();
        await WriteAsync(Operations.Create(user));
        await NoteAsync(Operations.Post(user, "earn_bonus", 50), commit: false);

        await RestartAsync();
        await WriteAsync(Operations.Post(user, "earn_bonus", 7));

        await AssertFollowsAsync();
        Assert.Equal(7, (await _fallback.Ledger.FindAccountAsync(user, CancellationToken.None))!.Balance.Value);
    }

    [Fact]
    public async Task Restart_AfterTheCommitAndBeforeTheMirror_AppliesTheIntent()
    {
        var user = NewUser();
        await WriteAsync(Operations.Create(user));
        await NoteAsync(Operations.Post(user, "earn_bonus", 50), commit: true);
        _fallback.Tables.CatchUp();
        Assert.Equal(0, (await _fallback.Ledger.FindAccountAsync(user, CancellationToken.None))!.Balance.Value);

        await RestartAsync();
        await WriteAsync(Operations.Post(user, "earn_bonus", 7));

        await AssertFollowsAsync();
        Assert.Equal(57, (await _fallback.Ledger.FindAccountAsync(user, CancellationToken.None))!.Balance.Value);
    }

    [Fact]
    public async Task Restart_WithADamagedIntent_IsNotPromotableUntilItWasCompared()
    {
        var user = NewUser();
        await WriteAsync(Operations.Create(user));
        await NoteAsync(Operations.Post(user, "earn_bonus", 50), commit: true);
        await NotesSqlAsync("UPDATE intents SET payload = CAST(substr(payload, 1, length(payload) - 1) || x'ff' AS BLOB) WHERE revision = (SELECT max(revision) FROM intents)");

        await RestartAsync();
        Assert.Equal(MirrorState.Behind, _fallback.Standing.Status.State);
        Assert.False(_fallback.Marker.IsSet);

        Assert.True(await _fallback.ResyncAsync());
        Assert.Equal(50, (await _fallback.Ledger.FindAccountAsync(user, CancellationToken.None))!.Balance.Value);
        await AssertFollowsAsync();
    }

    [Fact]
    public async Task Write_WhileItCannotBeNoted_IsAcknowledgedOnlyAfterTheMarkerIsGone()
    {
        var user = NewUser();
        await WriteAsync(Operations.Create(user));
        await NotesSqlAsync("CREATE TRIGGER disk_is_full BEFORE INSERT ON intents BEGIN SELECT raise(ABORT, 'disk is full'); END");

        var posted = (await WriteAsync(Operations.Post(user, "earn_bonus", 50)))[0].Posted();

        Assert.Equal(50, posted.Account.Balance.Value);
        Assert.False(_fallback.Marker.IsSet);
        Assert.Equal(MirrorState.Behind, _fallback.Standing.Status.State);

        await NotesSqlAsync("DROP TRIGGER disk_is_full");
        Assert.True(await _fallback.ResyncAsync());
        await WriteAsync(Operations.Post(user, "earn_bonus", 5));
        await AssertFollowsAsync();
    }

    [Fact]
    public async Task Apply_ThatFails_TakesTheMarkerAwayAndLosesNothing()
    {
        var user = NewUser();
        await WriteAsync(Operations.Create(user));
        _fallback.Tables.CatchUp();
        await SqlAsync("CREATE TRIGGER disk_is_full BEFORE INSERT ON coin_balances BEGIN SELECT raise(ABORT, 'disk is full'); END");
        await WriteAsync(Operations.Post(user, "earn_bonus", 50));

        _fallback.Tables.CatchUp();

        Assert.False(_fallback.Marker.IsSet);
        Assert.Equal(MirrorState.Behind, _fallback.Standing.Status.State);
        Assert.Equal(0, (await _fallback.Ledger.FindAccountAsync(user, CancellationToken.None))!.Balance.Value);

        await SqlAsync("DROP TRIGGER disk_is_full");
        Assert.True(await _fallback.ResyncAsync());
        await WriteAsync(Operations.Post(user, "earn_bonus", 5));
        await AssertFollowsAsync();
    }

    [Fact]
    public async Task Restart_WithManyBatchesNotedAndNotApplied_AppliesThemAll()
    {
        var user = NewUser();
        await WriteAsync(Operations.Create(user));
        for (var i = 0; i < 20; i++)
        {
            await WriteAsync(Operations.Post(user, "earn_admin", 2), Operations.Post(user, "spend_content", 1));
        }

        await RestartAsync();
        await WriteAsync(Operations.Post(user, "earn_admin", 1));

        await AssertFollowsAsync();
        Assert.Equal(21, (await _fallback.Ledger.FindAccountAsync(user, CancellationToken.None))!.Balance.Value);
    }

    [Fact]
    public async Task Promote_AfterARestart_HoldsAllThatWasAcknowledgedAndDoesTheBatchInDoubt()
    {
        var user = NewUser();
        await WriteAsync(Operations.Create(user), Operations.Post(user, "earn_bonus", 40));
        await WriteAsync(Operations.Post(user, "spend_content"));
        await NoteAsync(Operations.Post(user, "earn_bonus", 5), commit: false);
        await RestartAsync();

        var promotion = await _fallback.PromoteAsync();

        // Of the last two notes nobody knows; one of them was acknowledged.
        Assert.Equal([-10L, 5L], promotion.InDoubt.Select(note => Assert.Single(note.Entries).Amount.Value));
        Assert.Equal(35, (await _fallback.Ledger.FindAccountAsync(user, CancellationToken.None))!.Balance.Value);
        Assert.Equal(MirrorState.Leading, _fallback.Standing.Status.State);
    }

    [Fact]
    public async Task Promote_WithANoteThatThePrimaryWouldRefuse_RefusesItToo()
    {
        var user = NewUser();
        var kept = Operations.Post(user, "spend_special");
        await WriteAsync(Operations.Create(user), Operations.Post(user, "earn_bonus", 10));
        (await WriteAsync(kept))[0].Refused();
        // A writer that has forgotten the key takes it for new, and dies before the primary can say that it is not.
        await NoteAsync(Operations.Post(user, "earn_bonus", 30, kept.IdempotencyKey), commit: false, forgetKeys: true);
        await RestartAsync();

        var promotion = await _fallback.PromoteAsync();

        Assert.Equal(kept.IdempotencyKey, Assert.Single(Assert.Single(promotion.InDoubt).Answers).IdempotencyKey);
        Assert.Equal(10, (await _fallback.Ledger.FindAccountAsync(user, CancellationToken.None))!.Balance.Value);
    }

    [Fact]
    public async Task Write_OfABatchThatThePrimaryRefused_LeavesNoNoteOfIt()
    {
        var user = NewUser();
        var first = Operations.Post(user, "earn_bonus", 10);
        await WriteAsync(Operations.Create(user), first);
        await RestartAsync();
        await WriteAsync(Operations.Post(user, "earn_bonus", 1));

        // The new writer has not heard of the key: it notes, is refused, and looks it up.
        var again = (await WriteAsync(first))[0].Posted();

        Assert.True(again.Replayed);
        await AssertFollowsAsync();
    }

    [Fact]
    public async Task Promote_OfAFileThatLacksSomething_IsRefused()
    {
        await NotesSqlAsync("CREATE TRIGGER disk_is_full BEFORE INSERT ON intents BEGIN SELECT raise(ABORT, 'disk is full'); END");
        await WriteAsync(Operations.Create(NewUser()));

        await Assert.ThrowsAsync<PromotionRefusedException>(_fallback.PromoteAsync);
    }

    [Fact]
    public async Task Open_WithoutTheNotes_IsNotPromotableUntilItWasCompared()
    {
        await WriteAsync(Operations.Create(NewUser()));
        await _fallback.DisposeAsync();
        File.Delete(_fallback.Journal.NotesFile.Path);
        Start();

        await _fallback.OpenAsync();

        Assert.Equal(MirrorState.Behind, _fallback.Standing.Status.State);
        Assert.False(_fallback.Marker.IsSet);
    }

    [Fact]
    public async Task Restart_AfterWritesThatWereNotMirrored_IsNotPromotable()
    {
        var user = NewUser();
        await NotesSqlAsync("CREATE TRIGGER disk_is_full BEFORE INSERT ON intents BEGIN SELECT raise(ABORT, 'disk is full'); END");
        await WriteAsync(Operations.Create(user));

        await RestartAsync();

        Assert.Equal(MirrorState.Behind, _fallback.Standing.Status.State);
        Assert.False(_fallback.Marker.IsSet);
    }

    [Fact]
    public async Task Resync_BesideARunningWriter_EndsWithTheSameInBothStores()
    {
        var users = Enumerable.Range(0, 20).Select(_ => NewUser()).ToArray();
        await WriteAsync([.. users.Select(user => Operations.Create(user))]);
        await NotesSqlAsync("CREATE TRIGGER disk_is_full BEFORE INSERT ON intents BEGIN SELECT raise(ABORT, 'disk is full'); END");
        await WriteAsync(Operations.Post(users[0], "earn_bonus", 3));
        await NotesSqlAsync("DROP TRIGGER disk_is_full");
        using var stop = new CancellationTokenSource();
        var isWriting = new TaskCompletionSource();
        var writing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await WriteAsync([.. users.Select(user => Operations.Post(user, "earn_admin", 1))]);
                isWriting.TrySetResult();
            }
        });
        await isWriting.Task;

        var resynced = await _fallback.ResyncAsync();
        await stop.CancelAsync();
        await writing;

        Assert.True(resynced);
        await AssertFollowsAsync();
    }

    [Fact]
    public async Task Resync_OfAFileThatHoldsForeignEntries_LeavesItAsItIs()
    {
        var user = NewUser();
        await WriteAsync(Operations.Create(user), Operations.Post(user, "earn_bonus", 50));
        var before = await LedgerDump.ReadAsync(_fallback.Ledger);
        await SqlAsync("UPDATE coin_transactions SET chain_hash = zeroblob(32) WHERE seq = (SELECT max(seq) FROM coin_transactions)");
        var changed = await LedgerDump.ReadAsync(_fallback.Ledger);

        await Assert.ThrowsAsync<MirrorDivergedException>(_fallback.ResyncAsync);

        Assert.NotEqual(before, changed);
        Assert.Equal(changed, await LedgerDump.ReadAsync(_fallback.Ledger));
    }

    [Fact]
    public async Task Write_BehindAnotherWritersBack_TakesTheMarkerAway()
    {
        var user = NewUser();
        await WriteAsync(Operations.Create(user));
        await primary.DoAsync(Operations.Post(user, "earn_bonus", 9));

        await WriteAsync(Operations.Post(user, "earn_bonus", 1));

        Assert.Equal(MirrorState.Behind, _fallback.Standing.Status.State);
        Assert.False(_fallback.Marker.IsSet);
        Assert.True(await _fallback.ResyncAsync());
        Assert.Equal(10, (await _fallback.Ledger.FindAccountAsync(user, CancellationToken.None))!.Balance.Value);
        await AssertFollowsAsync();
    }

    private static string NewUser() => $"user-{Guid.NewGuid():N}";

    private static string NewKey() => $"key-{Guid.NewGuid():N}";

    private void Start()
    {
        _fallback = new MirrorUnderTest(primary.Ledger, Path.Combine(_folder, "fallback.db"));
        _writer = new BatchWriter(_fallback.Stores, _fallback.Mirror, Substitute.For<IBalanceCache>(), primary.Clock);
    }

    private async Task RestartAsync()
    {
        await _fallback.DisposeAsync();
        Start();
        await _fallback.OpenAsync();
    }

    private async Task<IReadOnlyList<OperationResult>> WriteAsync(params LedgerOperation[] operations) =>
        (await _writer.WriteAsync(operations, CancellationToken.None)).Results;

    /// <summary>What the writer does up to the step at which the process dies.</summary>
    private async Task NoteAsync(LedgerOperation operation, bool commit, bool forgetKeys = false)
    {
        await using var session = await primary.Ledger.BeginAsync(LedgerReads.For([operation], primary.Clock.Now), CancellationToken.None);
        if (forgetKeys)
        {
            session.State.AnswersByKey.Clear();
        }

        var (delta, _) = LedgerBatch.Decide(session.State, [operation], primary.Clock.Now);
        _fallback.Mirror.Settle(delta.Before);
        _fallback.Mirror.Note(delta);
        if (commit)
        {
            await session.CommitAsync(delta, CancellationToken.None);
        }
    }

    private Task SqlAsync(string sql) => SqlAsync(_fallback.Database, sql);

    private Task NotesSqlAsync(string sql) => SqlAsync(_fallback.Journal.NotesFile, sql);

    private static async Task SqlAsync(SqliteDatabase file, string sql)
    {
        await using var connection = await file.OpenAsync(CancellationToken.None);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    private async Task AssertFollowsAsync()
    {
        _fallback.Tables.CatchUp();
        Assert.Equal(MirrorState.Following, _fallback.Standing.Status.State);
        Assert.True(_fallback.Marker.IsSet);
        Assert.Empty(await _fallback.Journal.ReadNotesAsync(CancellationToken.None));
        await AssertSameAsync();
    }

    private async Task AssertSameAsync()
    {
        _fallback.Tables.CatchUp();
        Assert.Equal(await LedgerDump.ReadAsync(primary.Ledger), await LedgerDump.ReadAsync(_fallback.Ledger));
    }
}

public sealed class PostgresMirrorTests(PostgresUnderTest primary) : LedgerMirrorTests(primary), IClassFixture<PostgresUnderTest>;

public sealed class SqliteMirrorTests(SqliteUnderTest primary) : LedgerMirrorTests(primary), IClassFixture<SqliteUnderTest>;
