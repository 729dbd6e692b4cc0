using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Stores;
using GavatDashboard.Tests.Stores;
using NSubstitute;

namespace GavatDashboard.Tests.Features.Analysis;

/// <summary>The analysis of everybody is cut off, cancelled and taken up again; nobody is left out, and nobody analysed twice.</summary>
public abstract class AnalysisBatchContract(LedgerUnderTest under)
{
    private const int Piece = 5;

    [Fact]
    public async Task Batch_CutOffAfterProfilesWereKept_GoesOnInAnotherProcessAndAnalysesNobodyTwice()
    {
        var users = await CreateAsync(23);
        var before = new AnalyzerUnderTest(under.Analysis, under.Ledger, Substitute.For<IProfileCache>(), under.Clock, Piece);

        // The worst instant: the profiles of a piece are kept, and the batch has not noted so.
        before.Watched.AfterPiece = (piece, _) => piece == 3 ? throw new InvalidOperationException("The process is gone.") : Task.CompletedTask;
        Assert.True(before.Batches.TryStart(BatchKind.Full, "tests"));
        await before.Batches.Ended;
        Assert.Equal(WorkState.Failed, before.Batches.Status.State);
        before.Dispose();
        under.Clock.Now = under.Clock.Now.AddMinutes(5);

        using var after = new AnalyzerUnderTest(under.Analysis, under.Ledger, Substitute.For<IProfileCache>(), under.Clock, Piece);
        Assert.True(await after.Batches.TryResumeAsync(CancellationToken.None));
        await after.Batches.Ended;

        Assert.Equal((WorkState.Done, BatchState.Done), (after.Batches.Status.State, after.Batches.Status.Result!.State));
        string[] analysed = [.. before.Watched.Saved, .. after.Watched.Saved];
        Assert.Equal(3 * Piece, before.Watched.Saved.Count);
        Assert.Equal(analysed.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), analysed.Order(StringComparer.Ordinal));
        Assert.Empty(users.Except(analysed, StringComparer.Ordinal));
        Assert.False(await after.Batches.TryResumeAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Batch_Cancelled_KeepsWhatItDidAndLeavesTheRestToTheNext()
    {
        var users = await CreateAsync(23);
        using var analyzer = new AnalyzerUnderTest(under.Analysis, under.Ledger, Substitute.For<IProfileCache>(), under.Clock, Piece);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        analyzer.Watched.AfterPiece = async (piece, token) =>
        {
            if (piece == 2)
            {
                reached.SetResult();
                await Task.Delay(Timeout.Infinite, token);
            }
        };
        var progress = new List<(long Done, long Total)>();
        analyzer.Batches.Changed += () => progress.Add((analyzer.Batches.Status.Done, analyzer.Batches.Status.Total));

        analyzer.Batches.TryStart(BatchKind.Full, "tests");
        await reached.Task;
        Assert.False(analyzer.Batches.TryStart(BatchKind.Full, "tests"));
        Assert.True(await analyzer.Batches.CancelAsync(CancellationToken.None));

        Assert.Equal(WorkState.Cancelled, analyzer.Batches.Status.State);
        Assert.Contains(progress, step => step.Done == Piece && step.Total >= users.Length);
        Assert.Equal(BatchState.Cancelled, (await analyzer.Records.ListBatchesAsync(1, CancellationToken.None))[0].State);
        Assert.False(await analyzer.Batches.TryResumeAsync(CancellationToken.None));
        Assert.False(await analyzer.Batches.CancelAsync(CancellationToken.None));

        var first = analyzer.Watched.Saved.ToArray();
        analyzer.Watched.Saved.Clear();
        under.Clock.Now = under.Clock.Now.AddMinutes(1);
        analyzer.Batches.TryStart(BatchKind.Incremental, "tests");
        await analyzer.Batches.Ended;
        Assert.Empty(first.Intersect(analyzer.Watched.Saved, StringComparer.Ordinal));
        Assert.Empty(users.Except([.. first, .. analyzer.Watched.Saved], StringComparer.Ordinal));
    }

    [Fact]
    public async Task Incremental_AfterEverybody_TakesOnlyWhoeverChangedAndEachOnce()
    {
        var users = await CreateAsync(12);
        using var analyzer = new AnalyzerUnderTest(under.Analysis, under.Ledger, Substitute.For<IProfileCache>(), under.Clock, Piece);
        analyzer.Batches.TryStart(BatchKind.Full, "tests");
        await analyzer.Batches.Ended;
        analyzer.Watched.Saved.Clear();
        under.Clock.Now = under.Clock.Now.AddSeconds(1);
        await under.DoAsync(Operations.Post(users[1], "earn_purchase", 10));
        await under.DoAsync(new RecordActivity { IdempotencyKey = Guid.NewGuid().ToString("N"), Actor = "test", UserId = users[4], Kind = "login" });
        Assert.IsType<OperationResult.Refused>(await under.DoAsync(Operations.Post(users[9], "spend_special")));
        under.Clock.Now = under.Clock.Now.AddSeconds(1);

        analyzer.Batches.TryStart(BatchKind.Incremental, "tests");
        await analyzer.Batches.Ended;
        Assert.Equal(new[] { users[1], users[4], users[9] }.Order(StringComparer.Ordinal), analyzer.Watched.Saved.Order(StringComparer.Ordinal));

        analyzer.Watched.Saved.Clear();
        under.Clock.Now = under.Clock.Now.AddSeconds(1);
        analyzer.Batches.TryStart(BatchKind.Incremental, "tests");
        await analyzer.Batches.Ended;
        Assert.Empty(analyzer.Watched.Saved);
    }

    private async Task<string[]> CreateAsync(int count)
    {
        // A batch of its own instant, so that it is the newest.
        under.Clock.Now = under.Clock.Now.AddMinutes(1);
        var users = Enumerable.Range(0, count).Select(i => $"batch-{Guid.NewGuid():N}"[..24]).ToArray();
        foreach (var user in users)
        {
            await under.CreateUserAsync(user);
        }

        return users;
    }
}

public sealed class PostgresAnalysisBatchTests(PostgresUnderTest under) : AnalysisBatchContract(under), IClassFixture<PostgresUnderTest>;

public sealed class SqliteAnalysisBatchTests(SqliteUnderTest under) : AnalysisBatchContract(under), IClassFixture<SqliteUnderTest>;
