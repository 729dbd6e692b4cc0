using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Coins;
using GavatDashboard.Features.Instances;
using GavatDashboard.Stores.Analysis;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Analysis;

/// <summary>Registers the analyzer.</summary>
public static class AnalysisRegistration
{
    /// <summary>The analyzer, its loop, and its probe.</summary>
    public static void AddAnalysis(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<AnalysisOptions>().Bind(builder.Configuration.GetSection(AnalysisOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<AnalysisOptions>, AnalysisOptionsValidation>();
        services.AddAnalysisStores();
        services.AddSingleton<ActiveAnalyzer>();
        services.AddSingleton<ProfileService>();
        services.AddSingleton<SegmentService>();
        services.AddSingleton<AnalysisBatches>();
        services.AddSingleton<PopulationFits>();
        services.AddSingleton<AlertService>();
        services.AddSingleton<FlagReview>();
        services.AddSingleton<RuleSets>();
        services.AddSingleton<PolicySimulator>();
        services.AddOwnerService<AnalysisUpkeep>();
        services.AddSingleton<AnalyzerService>();
        services.AddSingleton<ILedgerObserver>(provider => provider.GetRequiredService<AnalyzerService>());
        services.AddHostedService(provider => provider.GetRequiredService<AnalyzerService>());
        services.AddSingleton<IComponentProbe, AnalyzerProbe>();
    }
}
