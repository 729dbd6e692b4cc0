using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Coins;

namespace GavatDashboard.Features.Analysis;

/// <summary>Registers the analyzer.</summary>
public static class AnalysisRegistration
{
    /// <summary>The analyzer, its loop, and its probe.</summary>
    public static void AddAnalysis(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<HistoryReader>();
        services.AddSingleton<AnalyzerService>();
        services.AddSingleton<ILedgerObserver>(provider => provider.GetRequiredService<AnalyzerService>());
        services.AddHostedService(provider => provider.GetRequiredService<AnalyzerService>());
        services.AddSingleton<IComponentProbe, AnalyzerProbe>();
    }
}
