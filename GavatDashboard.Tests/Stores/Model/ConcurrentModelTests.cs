using System.Collections.Concurrent;
using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Stores.Mirror;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Tests.Stores.Model;

/// <summary>
/// Many callers at once through the whole write path, writer, batches and mirror. The order in which the batches were written is
/// recorded; the model is given the same order and must give every caller the same answer, and the mirror must hold what the primary holds.
/// </summary>
[Trait("Category", "Slow")]
public abstract class ConcurrentModelTests(LedgerUnderTest primary) : IAsyncLifetime
{
    private const int Callers = 16;
    private const int OperationsEach = 150;
    private readonly string folder = Directory.CreateTempSubdirectory("gavat-model-").FullName;

    public Task InitializeAsync()
    {
        primary.Clock.Now = LedgerUnderTest.Noon;
        return Task.CompletedTask;
    }

    public Task DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Ledger_OfConcurrentCallers_AnswersAsTheModelInTheOrderOfItsBatches()
    {
        var seed = ModelSeeds.All(1).Single();
        await using var mirror = new MirrorUnderTest(primary.Ledger, Path.Combine(folder, "mirror.db"));
        await mirror.FollowAsync();
        var recorder = new RecordingWriter(new BatchWriter(mirror.Stores, mirror.Mirror, new NoCache(), primary.Clock));
        using var writer = new LedgerWriter(
            recorder, [], Options.Create(new LedgerWriterOptions { BatchSize = 64 }), TimeProvider.System, NullLogger<LedgerWriter>.Instance);
        await writer.StartAsync(CancellationToken.None);

        // Two callers share a seed, so each key is sent by both of them.
        var callers = Enumerable.Range(0, Callers).Select(caller => Task.Run(() => CallAsync(writer, seed + (caller / 2)))).ToArray();
        var clock = Task.Run(() => MoveClockAsync(seed, callers));
        await Task.WhenAll([clock, .. callers]);
        await writer.StopAsync(CancellationToken.None);

        var model = new LedgerModel();
        foreach (var (operations, commit) in recorder.InOrder())
        {
            for (var i = 0; i < operations.Count; i++)
            {
                var expected = model.Do(operations[i], commit.Delta.At);
                var actual = ModelAnswer.Of(commit.Results[i]);
                Assert.True(
                    expected == actual,
                    string.Create(CultureInfo.InvariantCulture, $"MODEL_SEED={seed}: {operations[i]}\n  the model: {expected}\n  the ledger: {actual}"));
            }
        }

        Assert.Equal(Callers * OperationsEach, recorder.InOrder().Sum(batch => batch.Operations.Count));
        await ModelComparison.AssertHoldsAsync(primary.Ledger, model, seed);
        mirror.Tables.CatchUp();
        await ModelComparison.AssertHoldsAsync(mirror.Ledger, model, seed);
        Assert.Equal(await LedgerDump.ReadAsync(primary.Ledger), await LedgerDump.ReadAsync(mirror.Ledger));
    }

    private static async Task CallAsync(LedgerWriter writer, int seed)
    {
        var (operations, version) = (new ModelOperations(seed), 0L);
        for (var i = 0; i < OperationsEach; i++)
        {
            var operation = operations.Next(version);
            var result = await writer.WriteAsync(operation, CancellationToken.None);
            operations.Settle([operation]);
            version = result is OperationResult.PolicyChanged changed ? Math.Max(version, changed.Policy.Version) : version;
        }
    }

    private async Task MoveClockAsync(int seed, IReadOnlyCollection<Task> callers)
    {
        var operations = new ModelOperations(seed);
        while (callers.Any(caller => !caller.IsCompleted))
        {
            primary.Clock.Now += operations.Pause();
            await Task.Delay(5);
        }
    }

    /// <summary>Notes every batch. Two may be on their way at once, so the heads that they were decided upon tell their order.</summary>
    private sealed class RecordingWriter(IBatchWriter inner) : IBatchWriter
    {
        private readonly ConcurrentQueue<(IReadOnlyList<LedgerOperation> Operations, LedgerCommit Commit)> batches = [];

        public StoreKind Current => inner.Current;

        public async Task<LedgerCommit> WriteAsync(IReadOnlyList<LedgerOperation> operations, CancellationToken cancellationToken)
        {
            var commit = await inner.WriteAsync(operations, cancellationToken);
            batches.Enqueue(([.. operations], commit));
            return commit;
        }

        /// <summary>What wrote nothing was decided before what moved the same head on.</summary>
        public IReadOnlyList<(IReadOnlyList<LedgerOperation> Operations, LedgerCommit Commit)> InOrder() =>
            [.. batches.OrderBy(batch => batch.Commit.Delta.Before.Revision).ThenByDescending(batch => batch.Commit.Delta.IsEmpty).ThenBy(batch => batch.Commit.Delta.At)];
    }
}

public sealed class PostgresConcurrentModelTests(PostgresUnderTest primary) : ConcurrentModelTests(primary), IClassFixture<PostgresUnderTest>;

public sealed class SqliteConcurrentModelTests(SqliteUnderTest primary) : ConcurrentModelTests(primary), IClassFixture<SqliteUnderTest>;
