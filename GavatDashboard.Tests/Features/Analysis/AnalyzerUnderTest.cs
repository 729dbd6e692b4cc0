using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Analysis;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Stores.Analysis;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using NSubstitute;

namespace GavatDashboard.Tests.Features.Analysis;

/// <summary>The analyzer on one store, as the host composes it, without its loops: it does what it is told and nothing else.</summary>
internal sealed class AnalyzerUnderTest : IDisposable
{
    public AnalyzerUnderTest(AnalysisDatabase database, ICoinLedger ledger, IProfileCache cache, TimeProvider time, int batchSize = 500)
    {
        var stores = new OneLedger(ledger);
        var databases = new AnalysisDatabases(database, database, stores);
        var options = Options.Create(new AnalysisOptions { BatchSize = batchSize });
        Histories = new SqlHistorySource(databases);
        Watched = new WatchedProfiles(new SqlProfileStore(databases, time));
        Records = new SqlAnalysisRecords(databases, time);
        Active = new ActiveAnalyzer(options);
        Service = new AnalyzerService(Active, Histories, Watched, Records, cache, options, time, NullLogger<AnalyzerService>.Instance);
        Batches = new AnalysisBatches(Service, Active, Histories, Watched, Records, cache, options, time, NullLogger<AnalysisBatches>.Instance);
        Fits = new PopulationFits(Active, Histories, Records, time, NullLogger<PopulationFits>.Instance);
        Simulator = new PolicySimulator(stores, new SqlMonthSource(databases), Active, time, NullLogger<PolicySimulator>.Instance);
        Segments = new SegmentService(Watched, cache, time);
        Profiles = new ProfileService(Service, Watched, cache, stores, new CoinReader(stores, new NoCache(), Substitute.For<IBalanceCopy>(), Substitute.For<ILeaderboardCache>(), time), time);
    }

    public SqlHistorySource Histories { get; }

    public WatchedProfiles Watched { get; }

    public SqlAnalysisRecords Records { get; }

    public ActiveAnalyzer Active { get; }

    public AnalyzerService Service { get; }

    public AnalysisBatches Batches { get; }

    public PopulationFits Fits { get; }

    public PolicySimulator Simulator { get; }

    public SegmentService Segments { get; }

    public ProfileService Profiles { get; }

    public void Dispose()
    {
        Batches.Dispose();
        Fits.Dispose();
        Simulator.Dispose();
        Service.Dispose();
    }
}
