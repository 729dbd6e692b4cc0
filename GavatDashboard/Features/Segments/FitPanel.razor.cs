using System.Globalization;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Analysis.Models;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;

namespace GavatDashboard.Features.Segments;

/// <summary>What was learnt from everybody's buying and serves now, and learning anew with its progress.</summary>
public sealed partial class FitPanel : AnalysisWorkPanel<PopulationFit>
{
    [Inject]
    private PopulationFits Fits { get; set; } = null!;

    private WorkStatus<FitOutcome> Status => Fits.Status;

    private protected override bool IsRunning => Status.State == WorkState.Running;

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) => [new EventSubscription(() => Fits.Changed += changed, () => Fits.Changed -= changed)];

    private protected override Task<PopulationFit?> FindKeptAsync() => Records.FindFitAsync(Lifetime);

    private Task StartAsync() => ActAsync("fit.started", _ => Task.FromResult(Fits.TryStart()));

    private Task CancelAsync() => ActAsync("fit.cancelled", _ =>
    {
        Fits.Cancel();
        return Task.CompletedTask;
    });

    private string Mean(GammaGamma value) => value.PopulationMean is { } mean ? ", " + T["Fit.Mean", Formats.Number((long)Math.Round(mean))] : "";

    private static string Numbers(params (string Name, double Value)[] numbers) =>
        string.Join(", ", numbers.Select(number => $"{number.Name}\u00a0{number.Value.ToString(number.Value < 100 ? "0.###" : "N0", CultureInfo.CurrentCulture)}"));
}
