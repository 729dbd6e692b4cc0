using System.Diagnostics;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace GavatDashboard.Tests.Features.Health;

/// <summary>A monitor under a clock that the test moves.</summary>
internal sealed class MonitorHarness : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public MonitorHarness(params IComponentProbe[] probes)
    {
        var metrics = ActivatorUtilities.CreateInstance<HealthMetrics>(_services);
        var options = Options.Create(new HealthOptions { StartJitterSeconds = 0, CanaryIntervalSeconds = 5, AnalyzerIntervalSeconds = 5 });
        Monitor = new HealthMonitor(probes, options, metrics, Time, NullLogger<HealthMonitor>.Instance);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public HealthMonitor Monitor { get; }

    public ComponentHealth Of(string componentId) => Monitor.Current.Find(componentId)!;

    /// <summary>Moves the clock in small steps until something holds: a timer may not exist yet when it is moved.</summary>
    public async Task AdvanceUntilAsync(Func<bool> holds, TimeSpan? step = null)
    {
        var watch = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), "It did not come about.");
            Time.Advance(step ?? TimeSpan.FromMilliseconds(100));
            await Task.Delay(1);
        }
    }

    /// <summary>Waits in real time, with the clock at rest.</summary>
    public static async Task WaitUntilAsync(Func<bool> holds)
    {
        var watch = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), "It did not come about.");
            await Task.Delay(1);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Monitor.StopAsync(CancellationToken.None);
        Monitor.Dispose();
        await _services.DisposeAsync();
    }
}
