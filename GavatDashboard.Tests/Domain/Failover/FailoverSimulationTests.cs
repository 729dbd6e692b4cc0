using System.Globalization;
using GavatDashboard.Tests.Domain.Failover.Simulation;

namespace GavatDashboard.Tests.Domain.Failover;

/// <summary>The machine, the recovery and the ownership under thousands of random lives of one instance and of two. FAILOVER_SEED=N runs one seed; FAILOVER_SEEDS=N another number of them.</summary>
public sealed class FailoverSimulationTests
{
    private const int Seeds = 10_000;
    private const int SeedsForAMutant = 2_000;

    [Fact]
    public void Promises_UnderAllSeeds_Hold()
    {
        if (Number("FAILOVER_SEED") is { } seed)
        {
            Assert.Null(FailoverSimulation.Run(seed));
            return;
        }

        var broken = Enumerable.Range(1, Number("FAILOVER_SEEDS") ?? Seeds).AsParallel()
            .Select(each => (Seed: each, Promise: FailoverSimulation.Run(each)))
            .Where(run => run.Promise is not null).OrderBy(run => run.Seed).Take(5).ToList();

        Assert.True(
            broken.Count == 0,
            string.Join('\n', broken.Select(run => $"FAILOVER_SEED={run.Seed.ToString(CultureInfo.InvariantCulture)}: {run.Promise}")));
    }

    [Fact]
    public void Seed_RunTwice_DoesTheSame() =>
        Assert.Equal(FailoverSimulation.Run(77, Mutant.NoDedupe), FailoverSimulation.Run(77, Mutant.NoDedupe));

    [Fact]
    public void AcknowledgeBeforeMirror_LosesWhatWasAcknowledged() => AssertCaught(Mutant.AcknowledgeBeforeMirror, "I1", "I5");

    [Fact]
    public void NoFence_LetsAnOldWriterIn() => AssertCaught(Mutant.NoFence, "I1", "I5", "I7");

    [Fact]
    public void NoDedupe_DoesThingsTwice() => AssertCaught(Mutant.NoDedupe, "I1", "I5");

    [Fact]
    public void CursorOutsideTheTransaction_WritesThingsTwice() => AssertCaught(Mutant.CursorOutsideTheTransaction, "I1");

    [Fact]
    public void NoGrouping_LosesAllButOneChangeOfAnAccount() => AssertCaught(Mutant.NoGrouping, "I3");

    [Fact]
    public void SecondNoteForgotten_LeavesAPrimaryThatTheFallbackDoesNotKnow() => AssertCaught(Mutant.SecondNoteForgotten, "I7", "I10");

    [Fact]
    public void TakeOverUnasked_LosesWhatALivingOwnerAcknowledged() => AssertCaught(Mutant.TakeOverUnasked, "I1", "I5");

    [Fact]
    public void OldFallbackTrusted_ForgetsWhatAnotherInstanceAcknowledged() => AssertCaught(Mutant.OldFallbackTrusted, "I1", "I5");

    private static void AssertCaught(Mutant mutant, params string[] promises)
    {
        var caught = Enumerable.Range(1, SeedsForAMutant).AsParallel().Select(seed => FailoverSimulation.Run(seed, mutant))
            .FirstOrDefault(promise => promises.Any(expected => promise?.StartsWith(expected + ":", StringComparison.Ordinal) == true));

        Assert.NotNull(caught);
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
