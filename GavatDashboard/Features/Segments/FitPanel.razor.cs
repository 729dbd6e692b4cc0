using System.Globalization;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Analysis.Models;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Security;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Segments;

/// <summary>What was learnt from everybody's buying and serves now, and learning anew with its progress. Only admins start or cancel it.</summary>
public sealed partial class FitPanel : LiveComponent
{
    private readonly GatedAction _action = new();
    private PopulationFit? _fit;
    private bool _hasLooked;

    [Inject]
    private PopulationFits Fits { get; set; } = null!;

    [Inject]
    private IAnalysisRecords Records { get; set; } = null!;

    [Inject]
    private IAdminGate Gate { get; set; } = null!;

    [Inject]
    private IAuditLog Audit { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    private WorkStatus<FitOutcome> Status => Fits.Status;

    /// <inheritdoc />
    protected override Task OnInitializedAsync() => ReadAsync();

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) => [new EventSubscription(() => Fits.Changed += changed, () => Fits.Changed -= changed)];

    /// <inheritdoc />
    protected override Task RefreshAsync() => Status.State == WorkState.Running ? Task.CompletedTask : ReadAsync();

    private async Task ReadAsync()
    {
        try
        {
            _fit = await Records.FindFitAsync(Lifetime);
            _hasLooked = true;
        }
        catch (StoreUnavailableException outage)
        {
            _action.Problem = LoadErrors.Describe(outage, T);
        }
    }

    private Task StartAsync() => ActAsync("fit.started", () => Fits.TryStart());

    private Task CancelAsync() => ActAsync("fit.cancelled", Fits.Cancel);

    private Task ActAsync(string action, Action act) => _action.RunAsync(
        Gate, Policies.Admin, T,
        async actor =>
        {
            await Audit.AppendAsync(actor, action, "analysis", null, null, Lifetime);
            act();
        },
        Lifetime);

    private string Mean(GammaGamma value) => value.PopulationMean is { } mean ? ", " + T["Fit.Mean", Formats.Number((long)Math.Round(mean))] : "";

    private static string Numbers(params (string Name, double Value)[] numbers) =>
        string.Join(", ", numbers.Select(number => $"{number.Name}\u00a0{number.Value.ToString(number.Value < 100 ? "0.###" : "N0", CultureInfo.CurrentCulture)}"));
}
