using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Instances;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Coins;

/// <summary>Registers the coin service.</summary>
public static class CoinsRegistration
{
    /// <summary>The ledger's stores, its writer, and the services that answer questions and take requests.</summary>
    public static void AddCoins(this WebApplicationBuilder builder)
    {
        builder.AddLedgerStores();
        var services = builder.Services;
        services.AddOptions<LedgerWriterOptions>().BindConfiguration(LedgerWriterOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<LedgerWriter>();
        services.AddSingleton<ILedgerWriter>(provider => provider.GetRequiredService<LedgerWriter>());
        services.AddHostedService(provider => provider.GetRequiredService<LedgerWriter>());
        services.AddSingleton<LedgerFeed>();
        services.AddSingleton<ILedgerFeed>(provider => provider.GetRequiredService<LedgerFeed>());
        services.AddSingleton<ILedgerObserver>(provider => provider.GetRequiredService<LedgerFeed>());
        services.AddHostedService<LedgerFeedStart>();
        services.AddSingleton<ILedgerObserver, OutboxBell>();
        services.AddSingleton<ThroughputWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<ThroughputWatch>());
        services.AddSingleton<CoinService>();
        services.AddSingleton<CoinReader>();
        services.AddSingleton<IBalanceHistory, BalanceHistory>();
        services.AddOwnerService<BalanceSnapshotWorker>();
    }
}
