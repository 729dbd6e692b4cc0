using CsCheck;
using GavatDashboard.Domain.Health;

namespace GavatDashboard.Tests.Domain.Health;

public sealed class LatencyHistoryTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Read_Empty_HasNothing()
    {
        var window = new LatencyHistory().Read(LatencyRange.Hour, Noon);

        Assert.Empty(window.Points);
        Assert.Empty(window.Buckets);
        Assert.Equal(LatencyStats.None, window.Stats);
        Assert.Equal(Noon.AddHours(-1), window.From);
    }

    [Fact]
    public void Read_ADayOfSamples_HoldsEachRangeExactly()
    {
        var history = new LatencyHistory();
        var start = Noon.AddHours(-24);
        for (var i = 0; i < LatencyHistory.DefaultSamples; i++)
        {
            history.Add(Healthy(start.AddSeconds(5 * (i + 1)), i % 100));
        }

        var quarter = history.Read(LatencyRange.Minutes15, Noon);
        var hour = history.Read(LatencyRange.Hour, Noon);
        var day = history.Read(LatencyRange.Day, Noon);

        Assert.Equal(181, quarter.Points.Count);
        Assert.Equal(721, hour.Points.Count);
        Assert.Empty(day.Points);
        Assert.Equal(LatencyHistory.DefaultSamples, day.Stats.Count);
        Assert.Equal(1_441, day.Buckets.Count);
        Assert.Equal(49, day.Stats.P50Ms);
        Assert.Equal(98, day.Stats.P99Ms);
        Assert.Equal(12, day.Buckets[700].Stats.Count);
    }

    [Fact]
    public void Add_MoreThanItHolds_ForgetsTheOldest() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[0, 200]).Sample((capacity, count) =>
        {
            var history = new LatencyHistory(capacity, 3);
            for (var i = 0; i < count; i++)
            {
                history.Add(Healthy(Noon.AddSeconds(i), i));
            }

            var kept = history.ReadLast(int.MaxValue);

            Assert.Equal(Enumerable.Range(0, count).TakeLast(capacity).Select(i => (double?)i), kept.Select(point => point.LatencyMs));
            Assert.True(history.Read(LatencyRange.Day, Noon.AddSeconds(count)).Buckets.Count <= 4);
        });

    [Fact]
    public void Read_AnySamples_AgreesWithAPlainList() =>
        Gen.Select(Gen.Int[1, 90], Gen.Double[0, 50], Gen.Bool).Array[1, 300].Sample(samples =>
        {
            var history = new LatencyHistory();
            List<LatencyPoint> all = [];
            var at = Noon;
            foreach (var (gapSeconds, latencyMs, answered) in samples)
            {
                at = at.AddSeconds(gapSeconds);
                var point = new LatencyPoint(at, answered ? latencyMs : null, answered ? ComponentStatus.Healthy : ComponentStatus.Unhealthy);
                all.Add(point);
                history.Add(point);
            }

            foreach (var range in Enum.GetValues<LatencyRange>())
            {
                var inside = all.Where(point => point.At >= at - range.Length()).ToList();
                double[] answered = [.. inside.Where(point => point.LatencyMs is not null).Select(point => point.LatencyMs!.Value)];

                var window = history.Read(range, at);

                Assert.Equal(LatencyStats.From(answered, inside.Count - answered.Length), window.Stats);
                Assert.Equal(range >= LatencyRange.Day ? [] : inside, window.Points);
                Assert.True(window.Buckets.Zip(window.Buckets.Skip(1)).All(pair => pair.First.StartedAt < pair.Second.StartedAt));
                Assert.Equal(
                    all.Count(point => point.At >= window.Buckets[0].StartedAt),
                    window.Buckets.Sum(bucket => bucket.Stats.Count + bucket.Stats.Failures));
            }
        });

    [Fact]
    public void Add_FailureInAMinute_MarksTheBucketWithTheWorst()
    {
        var history = new LatencyHistory();
        history.Add(Healthy(Noon, 2));
        history.Add(new LatencyPoint(Noon.AddSeconds(5), null, ComponentStatus.Unhealthy));
        history.Add(Healthy(Noon.AddSeconds(10), 4));

        var bucket = Assert.Single(history.Read(LatencyRange.Minutes15, Noon.AddSeconds(20)).Buckets);

        Assert.Equal(ComponentStatus.Unhealthy, bucket.Worst);
        Assert.Equal((2, 1), (bucket.Stats.Count, bucket.Stats.Failures));
        Assert.Equal(3, bucket.Stats.MeanMs);
    }

    [Fact]
    public void Add_ClockSetBack_DropsWhatTheWrongClockNoted()
    {
        var history = new LatencyHistory();
        history.Add(Healthy(Noon, 1));
        history.Add(Healthy(Noon.AddDays(400), 2));
        history.Add(Healthy(Noon.AddSeconds(5), 3));

        var window = history.Read(LatencyRange.Hour, Noon.AddSeconds(6));

        Assert.Equal([1.0, 3.0], window.Points.Select(point => point.LatencyMs!.Value));
        Assert.Equal([Noon], window.Buckets.Select(bucket => bucket.StartedAt).Distinct());
    }

    private static LatencyPoint Healthy(DateTimeOffset at, double latencyMs) => new(at, latencyMs, ComponentStatus.Healthy);
}
