using System.Collections.Concurrent;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Analysis.Models;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Stores;
using GavatDashboard.Tests.Analysis;
using GavatDashboard.Tests.Analysis.Models;
using GavatDashboard.Tests.Stores;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;

namespace GavatDashboard.Tests.Features.Analysis;

/// <summary>Learning anew goes on in the background; what served serves until what comes is better. The customers are those of the CDNOW sample.</summary>
public sealed class PopulationFitsTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(1997, 12, 24, 9, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly Today = DateOnly.FromDateTime(Now.UtcDateTime);
    private static readonly IReadOnlyList<CustomerPurchases> Customers = Cdnow.Read().CustomersOf(Today, Holdout.StartOf(Today));
    private readonly SqliteUnderTest _under = new();
    private AnalyzerUnderTest _analyzer = null!;
    private PopulationFits _fits = null!;

    public async Task InitializeAsync()
    {
        await _under.InitializeAsync();
        _under.Clock.Now = Now;
        _analyzer = new AnalyzerUnderTest(_under.Analysis, _under.Ledger, Substitute.For<IProfileCache>(), _under.Clock);
        var histories = Substitute.For<IHistorySource>();
        histories.ReadPopulationAsync(Now, Arg.Any<CancellationToken>()).Returns(new PopulationData(Customers, [(1, 2, 30), (9, 1, 10)]));
        _fits = new PopulationFits(_analyzer.Active, histories, _analyzer.Records, _under.Clock, NullLogger<PopulationFits>.Instance);
    }

    public async Task DisposeAsync()
    {
        _fits.Dispose();
        _analyzer.Dispose();
        await _under.DisposeAsync();
    }

    [Fact]
    public async Task Fit_ThatIsBetter_TakesOverWhenItIsThereAndNotBefore()
    {
        var old = await ServeAsync(new BgNbd(1.5, 4, 0.8, 2.4));
        var seen = new ConcurrentQueue<(long Done, BgNbd? Serving)>();
        _fits.Changed += () =>
        {
            if (_fits.Status is { State: WorkState.Running, Total: > 0 } status)
            {
                seen.Enqueue((status.Done, _analyzer.Active.Current.Population?.Buying));
            }
        };

        Assert.True(_fits.TryStart());
        Assert.False(_fits.TryStart());
        await _fits.Ended;

        Assert.True(seen.Count > 50, $"Its progress was told {seen.Count} times.");
        Assert.Equal(seen.Select(step => step.Done).Order(), seen.Select(step => step.Done));
        Assert.All(seen, step => Assert.Equal(old, step.Serving));
        Assert.True(_fits.Status.Result is { IsNew: true, Customers: 2_357 });
        Assert.InRange(_analyzer.Active.Current.Population!.Buying!.R, 0.2, 0.3);
        Assert.Equal(_fits.Status.Result!.Fit.Id, (await _analyzer.Records.FindFitAsync(CancellationToken.None))!.Id);
    }

    [Fact]
    public async Task Fit_ThatForeseesWorse_LeavesTheOlderInItsPlaceWithTheNewestFifths()
    {
        // This one has seen the weeks that are held out.
        PurchaseSummary[] all = [.. Customers.Select(customer => PurchaseSummary.FromDays(customer.All.FirstDay.DayNumber, customer.All.LastDay.DayNumber, customer.All.Days, Today.DayNumber))];
        var seer = await ServeAsync(ModelFitting.FitBgNbd(all, _ => { }));

        _fits.TryStart();
        await _fits.Ended;

        Assert.False(_fits.Status.Result!.IsNew);
        Assert.Equal(seer, _analyzer.Active.Current.Population!.Buying);
        Assert.Equal(RfmScale.Of([(1, 2, 30), (9, 1, 10)]).Monetary, _analyzer.Active.Current.Population.Rfm!.Monetary);
    }

    [Fact]
    public async Task Fit_Cancelled_LeavesTheOlderInItsPlace()
    {
        var old = await ServeAsync(new BgNbd(1.5, 4, 0.8, 2.4));
        _fits.Changed += () =>
        {
            if (_fits.Status.Done > 5)
            {
                _fits.Cancel();
            }
        };

        _fits.TryStart();
        await _fits.Ended;

        Assert.Equal(WorkState.Cancelled, _fits.Status.State);
        Assert.Equal(old, _analyzer.Active.Current.Population!.Buying);
    }

    private async Task<BgNbd> ServeAsync(BgNbd buying)
    {
        _under.Clock.Now = Now.AddDays(-1);
        await _analyzer.Records.PutFitAsync(Fits.Cdnow with { Id = Guid.NewGuid(), Buying = buying }, serves: true, CancellationToken.None);
        await _analyzer.Active.ReloadAsync(_analyzer.Records, CancellationToken.None);
        _under.Clock.Now = Now;
        return buying;
    }
}
