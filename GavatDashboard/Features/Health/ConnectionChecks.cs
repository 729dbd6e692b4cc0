using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace GavatDashboard.Features.Health;

/// <summary>The ASP.NET Core health checks that tell whether a store's connection reaches every endpoint that it names. A store's probe asks them beside its heartbeat.</summary>
internal sealed class ConnectionChecks(HealthCheckService checks)
{
    /// <summary>The tag of all of them.</summary>
    public const string Tag = "connection";

    /// <summary>The name of a store's check.</summary>
    public static string NameOf(string componentId) => $"{componentId}-connection";

    /// <summary>The tags of a store's check.</summary>
    public static string[] TagsOf(string componentId) => [Tag, componentId];

    /// <summary>Asks the checks of a component; one without any passes.</summary>
    /// <returns>What is wrong, for a person; null where nothing is.</returns>
    public async Task<string?> FindFaultAsync(string componentId, CancellationToken cancellationToken)
    {
        var report = await checks.CheckHealthAsync(
            check => check.Tags.Contains(Tag) && check.Tags.Contains(componentId), cancellationToken);
        foreach (var (_, entry) in report.Entries)
        {
            if (entry.Status != HealthStatus.Healthy)
            {
                return entry.Exception is { } exception ? ProbeRunner.Describe(exception) : entry.Description ?? "The connection check failed.";
            }
        }

        return null;
    }
}
