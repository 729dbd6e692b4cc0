using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using Npgsql;

namespace GavatDashboard.Stores.Analysis;

/// <summary>Registers what the analyzer keeps in the stores.</summary>
internal static class AnalysisStoreRegistration
{
    /// <summary>Profiles, their history, and what people decide about them, beside both ledgers.</summary>
    public static void AddAnalysisStores(this IServiceCollection services)
    {
        services.AddSingleton(provider => new AnalysisDatabases(
            provider.GetService<NpgsqlDataSource>() is { } source
                ? new PostgresAnalysisDatabase(source)
                : new SqliteAnalysisDatabase(provider.GetRequiredService<PrimaryStandIn>().Database, "stand-in"),
            new SqliteAnalysisDatabase(provider.GetRequiredService<FallbackDatabase>().Database, "sqlite"),
            provider.GetRequiredService<ILedgerStores>()));
        services.AddSingleton<IProfileStore, SqlProfileStore>();
        services.AddSingleton<IAnalysisRecords, SqlAnalysisRecords>();
        services.AddSingleton<IHistorySource, SqlHistorySource>();
        services.AddSingleton<IMonthSource, SqlMonthSource>();
        services.AddSingleton<AnalysisSync>();
    }
}
