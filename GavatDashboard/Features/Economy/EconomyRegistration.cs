using GavatDashboard.Features.Coins;

namespace GavatDashboard.Features.Economy;

/// <summary>Registers what admins set: prices, limits, tiers and rules.</summary>
public static class EconomyRegistration
{
    /// <summary>Preview and publication of prices, limits and thresholds, and the tiers that follow from them.</summary>
    public static void AddEconomy(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddScoped<PolicyService>();
        services.AddSingleton<PolicyWatch>();
        services.AddSingleton<ILedgerObserver>(provider => provider.GetRequiredService<PolicyWatch>());
        services.AddSingleton<TierRefresh>();
        services.AddHostedService(provider => provider.GetRequiredService<TierRefresh>());
    }
}
