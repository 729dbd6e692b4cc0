using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using Microsoft.Extensions.Time.Testing;

namespace GavatDashboard.Tests.Features.Health;

public sealed class ThrottledFeedTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(Noon);
    private readonly ManualFeed _feed = new();
    private readonly List<DateTimeOffset> _delivered = [];
    private readonly List<Exception> _errors = [];

    [Fact]
    public void Subscribe_ManySnapshots_DeliversTwoASecondAndAlwaysTheLatest()
    {
        using var throttled = Subscribe(_ => Task.CompletedTask);
        for (var i = 0; i < 200; i++)
        {
            _feed.Publish(Noon.AddMilliseconds(20 * i));
            _time.Advance(TimeSpan.FromMilliseconds(20));
        }

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.InRange(_delivered.Count, 8, 9);
        Assert.Equal(Noon.AddMilliseconds(20 * 199), _delivered[^1]);
        Assert.Equal(_delivered.Order(), _delivered);
    }

    [Fact]
    public async Task Subscribe_SlowDelivery_IsNeverDoubledAndSeesTheLatestAfterwards()
    {
        var gate = new TaskCompletionSource();
        using var throttled = Subscribe(_ => gate.Task);
        _feed.Publish(Noon);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        for (var i = 1; i <= 10; i++)
        {
            _feed.Publish(Noon.AddSeconds(i));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([Noon], _delivered);
        gate.SetResult();
        await MonitorHarness.WaitUntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _delivered.Count == 2;
        });
        Assert.Equal(Noon.AddSeconds(10), _delivered[1]);
    }

    [Fact]
    public void Subscribe_FailingDelivery_TellsAndGoesOn()
    {
        using var throttled = Subscribe(_ => throw new InvalidOperationException("the circuit is gone"));
        _feed.Publish(Noon);
        _time.Advance(TimeSpan.FromSeconds(1));
        _feed.Publish(Noon.AddSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2, _errors.Count);
    }

    [Fact]
    public void Dispose_DeliveryPending_DeliversNothingMore()
    {
        var throttled = Subscribe(_ => Task.CompletedTask);
        _feed.Publish(Noon);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        _feed.Publish(Noon.AddSeconds(1));

        throttled.Dispose();
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal([Noon], _delivered);
        Assert.Equal(0, _feed.Subscribers);
    }

    private ThrottledFeed Subscribe(Func<HealthSnapshot, Task> deliver) => ThrottledFeed.Subscribe(
        _feed,
        snapshot =>
        {
            _delivered.Add(snapshot.TakenAt);
            return deliver(snapshot);
        },
        _errors.Add,
        _time);

    private sealed class ManualFeed : IHealthFeed
    {
        private readonly List<Action<HealthSnapshot>> _subscribers = [];

        public int Subscribers => _subscribers.Count;

        public HealthSnapshot Current { get; private set; } = new(Noon, Noon, [], []);

        public IDisposable Subscribe(Action<HealthSnapshot> onSnapshot)
        {
            _subscribers.Add(onSnapshot);
            return new Subscription(() => _subscribers.Remove(onSnapshot));
        }

        public void Publish(DateTimeOffset at)
        {
            Current = new HealthSnapshot(at, Noon, [], []);
            _subscribers.ForEach(subscriber => subscriber(Current));
        }

        private sealed class Subscription(Action end) : IDisposable
        {
            public void Dispose() => end();
        }
    }
}
