namespace GavatDashboard.Stores;

/// <summary>What a store really is, for pages, probes and logs.</summary>
/// <param name="ComponentId">The component it works for, one of <see cref="Domain.Health.ComponentIds"/>.</param>
/// <param name="Product">The product, such as "Redis" or "Garnet".</param>
/// <param name="Version">Its version; empty where it does not tell.</param>
/// <param name="IsStandIn">Whether it is embedded in the real store's place.</param>
/// <param name="IsDevelopmentServer">Whether it is a server for development only, never for production.</param>
public sealed record StoreDescription(string ComponentId, string Product, string Version, bool IsStandIn, bool IsDevelopmentServer)
{
    /// <summary>Product and version, such as "Redis 7.0.15".</summary>
    public string Title => Version.Length == 0 ? Product : $"{Product} {Version}";

    /// <summary>What stands in for the real store, for a person; null where it is the real one.</summary>
    public string? StandInFor { get; init; }
}
