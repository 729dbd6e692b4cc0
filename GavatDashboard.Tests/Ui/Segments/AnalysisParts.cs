using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Coins;
using GavatDashboard.Features.Security;
using GavatDashboard.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NSubstitute;

namespace GavatDashboard.Tests.Ui.Segments;

/// <summary>The analyzer's real services over stores that a test fills, for pages about it.</summary>
internal sealed class AnalysisParts
{
    public AnalysisParts(IServiceCollection services)
    {
        Gate.FindActorAsync(Arg.Any<CancellationToken>()).Returns("user:ada");
        Gate.FindActorAsync(Arg.Any<string>(), Arg.Any<CancellationToken>()).Returns("user:ada");
        var feed = Substitute.For<ILedgerFeed>();
        feed.Current.Returns(new LedgerActivity([], 0, 0, 0, 0, DateTimeOffset.UnixEpoch));
        Records.ListAlertsAsync(Arg.Any<AlertState?>(), Arg.Any<int>(), Arg.Any<CancellationToken>()).Returns([]);
        Records.ListBatchesAsync(Arg.Any<int>(), Arg.Any<CancellationToken>()).Returns([]);
        Records.ListRuleSetsAsync(Arg.Any<int>(), Arg.Any<CancellationToken>()).Returns([]);
        Records.FindFitAsync(Arg.Any<CancellationToken>()).Returns((PopulationFit?)null);
        Profiles.CountAsync(Arg.Any<CancellationToken>()).Returns([]);
        Profiles.ReadNamesAsync(Arg.Any<IReadOnlyCollection<string>>(), Arg.Any<CancellationToken>())
            .Returns(call => call.Arg<IReadOnlyCollection<string>>().ToDictionary(id => id, id => $"name of {id}", StringComparer.Ordinal));
        Profiles.ListRiskAsync(Arg.Any<RiskLevel>(), Arg.Any<int>(), Arg.Any<CancellationToken>()).Returns([]);
        Profiles.ListSegmentAsync(Arg.Any<Segment?>(), Arg.Any<string>(), Arg.Any<int>(), Arg.Any<CancellationToken>()).Returns([]);
        Profiles.ReadMovesAsync(Arg.Any<DateTimeOffset>(), Arg.Any<DateTimeOffset>(), Arg.Any<CancellationToken>()).Returns([]);
        Profiles.ReadDaysAsync(Arg.Any<DateOnly>(), Arg.Any<CancellationToken>()).Returns([]);
        Profiles.ListChangesAsync(Arg.Any<string>(), Arg.Any<int>(), Arg.Any<CancellationToken>()).Returns([]);
        Profiles.SaveAsync(Arg.Any<IReadOnlyList<UserProfile>>(), Arg.Any<IReadOnlyList<DeviceUse>>(), Arg.Any<CancellationToken>()).Returns([]);
        services.AddSingleton(Profiles).AddSingleton(Records).AddSingleton(Histories).AddSingleton(Gate).AddSingleton(Audit).AddSingleton(feed);
        services.AddSingleton(Substitute.For<IProfileCache>()).AddSingleton(Stores).AddSingleton(Options.Create(new AnalysisOptions()));
        services.AddSingleton(Substitute.For<IBalanceCache>()).AddSingleton(Substitute.For<IBalanceCopy>()).AddSingleton(Substitute.For<ILeaderboardCache>()).AddSingleton<CoinReader>();
        services.AddSingleton<ActiveAnalyzer>().AddSingleton<AnalyzerService>().AddSingleton<ProfileService>().AddSingleton<SegmentService>();
        services.AddSingleton<AnalysisBatches>().AddSingleton<PopulationFits>().AddSingleton<AlertService>().AddSingleton<FlagReview>();
    }

    public IProfileStore Profiles { get; } = Substitute.For<IProfileStore>();

    public IAnalysisRecords Records { get; } = Substitute.For<IAnalysisRecords>();

    public IHistorySource Histories { get; } = Substitute.For<IHistorySource>();

    public ILedgerStores Stores { get; } = Substitute.For<ILedgerStores>();

    public IAdminGate Gate { get; } = Substitute.For<IAdminGate>();

    public IAuditLog Audit { get; } = Substitute.For<IAuditLog>();

    /// <summary>A community of three.</summary>
    public void CountThree()
    {
        Profiles.CountAsync(Arg.Any<CancellationToken>()).Returns([new(Segment.Whale, RiskLevel.Critical, 1), new(Segment.Regular, RiskLevel.Low, 2)]);
    }
}
