using GavatDashboard.Features.Failover;
using Microsoft.Extensions.Time.Testing;

namespace GavatDashboard.Tests.Features.Failover;

public sealed class WriteBrakeTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly WriteBrake _brake;

    public WriteBrakeTests() => _brake = new WriteBrake(_time);

    [Fact]
    public void Unset_LetsEveryBatchThroughAtOnce()
    {
        _brake.Passed(10_000);

        Assert.True(_brake.WaitAsync(CancellationToken.None).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Slowed_LetsTheNextBatchWaitForTheTimeOfTheLast()
    {
        _brake.SlowTo(1_000);
        _brake.Passed(100);
        var waiting = _brake.WaitAsync(CancellationToken.None);

        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(1_000, _brake.PerSecond);
    }

    [Fact]
    public async Task Slowed_NeverLetsABatchWaitLong()
    {
        _brake.SlowTo(1);
        _brake.Passed(500);
        var waiting = _brake.WaitAsync(CancellationToken.None);

        _time.Advance(TimeSpan.FromMilliseconds(250));
        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Released_LetsThoseWhoWaitGoOn()
    {
        _brake.SlowTo(10);
        _brake.Passed(10);
        var waiting = _brake.WaitAsync(CancellationToken.None);

        _brake.SlowTo(null);

        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Null(_brake.PerSecond);
        Assert.True(_brake.WaitAsync(CancellationToken.None).IsCompletedSuccessfully);
    }
}
