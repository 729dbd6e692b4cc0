using GavatDashboard.Domain.Health;

namespace GavatDashboard.Tests.Features.Health;

/// <summary>A probe that does what the test says.</summary>
internal sealed class ScriptedProbe(string componentId, Func<int, CancellationToken, Task<ProbeAnswer>> answer) : IComponentProbe
{
    private int _calls;

    public static Task<ProbeAnswer> Healthy { get; } = Task.FromResult(new ProbeAnswer(ComponentStatus.Healthy, "fine", LatencyMs: 1));

    public string ComponentId => componentId;

    public string DisplayName => componentId;

    /// <summary>How often it was called.</summary>
    public int Calls => Volatile.Read(ref _calls);

    public static ScriptedProbe AlwaysHealthy(string componentId) => new(componentId, (_, _) => Healthy);

    public Task<ProbeAnswer> ProbeAsync(CancellationToken cancellationToken) => answer(Interlocked.Increment(ref _calls), cancellationToken);
}
