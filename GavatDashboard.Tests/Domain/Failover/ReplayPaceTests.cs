using GavatDashboard.Domain.Failover;

namespace GavatDashboard.Tests.Domain.Failover;

public sealed class ReplayPaceTests
{
    [Fact]
    public void Backlog_ThatShrinks_IsLeftAlone()
    {
        var (pace, rounds) = Run(backlog: 100_000, newPerSecond: 1_000, roundMs: 200, perRound: 2_000, tail: 400);

        Assert.Null(pace.NewPerSecond);
        Assert.Equal(2_000, pace.OperationsAtOnce);
        Assert.InRange(rounds, 50, 60);
    }

    [Fact]
    public void Backlog_ThatGrows_IsWrittenInLargerPiecesFirst()
    {
        var (pace, _) = Run(backlog: 50_000, newPerSecond: 12_000, roundMs: 200, perRound: 16_000, tail: 3_000);

        Assert.Null(pace.NewPerSecond);
        Assert.True(pace.OperationsAtOnce > 2_000);
    }

    [Theory]
    [InlineData(100_000, 50_000, 200, 2_000)]
    [InlineData(100_000, 200_000, 500, 16_000)]
    [InlineData(60, 400, 1_000, 16_000)]
    public void Backlog_ThatCannotBeWrittenFastEnough_EndsBecauseNewWritesAreSlowed(long backlog, double newPerSecond, double roundMs, int perRound)
    {
        var (pace, rounds) = Run(backlog, newPerSecond, roundMs, perRound, tail: 16);

        Assert.NotNull(pace.NewPerSecond);
        Assert.InRange(rounds, 1, 200);
    }

    /// <summary>Rounds until the backlog is small, with a primary that takes so many operations in a round of so many milliseconds.</summary>
    private static (ReplayPace Pace, int Rounds) Run(double backlog, double newPerSecond, double roundMs, int perRound, int tail)
    {
        var pace = new ReplayPace();
        pace.Wrote(0, TimeSpan.Zero, (long)backlog);
        for (var round = 1; round <= 1_000; round++)
        {
            var written = Math.Min((long)backlog, Math.Min(perRound, pace.OperationsAtOnce));
            var arrived = Math.Min(newPerSecond, pace.NewPerSecond ?? double.MaxValue) * roundMs / 1_000;
            backlog += arrived - written;
            if (backlog <= tail)
            {
                return (pace, round);
            }

            pace.Wrote(written, TimeSpan.FromMilliseconds(roundMs), (long)backlog);
        }

        return (pace, int.MaxValue);
    }
}
