using GavatDashboard.Domain.Analysis;
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

/// <summary>How old the analysis of everybody is, and a new one with its progress. Only admins start or cancel it.</summary>
public sealed partial class BatchPanel : LiveComponent
{
    private readonly GatedAction _action = new();
    private AnalysisBatch? _last;
    private bool _hasLooked;

    [Inject]
    private AnalysisBatches Batches { get; set; } = null!;

    [Inject]
    private IAnalysisRecords Records { get; set; } = null!;

    [Inject]
    private IAdminGate Gate { get; set; } = null!;

    [Inject]
    private IAuditLog Audit { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    private WorkStatus<AnalysisBatch> Status => Batches.Status;

    /// <inheritdoc />
    protected override Task OnInitializedAsync() => ReadLastAsync();

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) => [new EventSubscription(() => Batches.Changed += changed, () => Batches.Changed -= changed)];

    /// <inheritdoc />
    protected override Task RefreshAsync() => Status.State == WorkState.Running ? Task.CompletedTask : ReadLastAsync();

    private TimeSpan Age(AnalysisBatch batch) => Time.GetUtcNow() - batch.StartedAt is { Ticks: > 0 } age ? age : TimeSpan.Zero;

    /// <summary>A batch was through as of its start: whoever changed since then is analysed on its own.</summary>
    private async Task ReadLastAsync()
    {
        try
        {
            _last = (await Records.ListBatchesAsync(20, Lifetime)).FirstOrDefault(batch => batch.State == BatchState.Done);
            _hasLooked = true;
        }
        catch (StoreUnavailableException outage)
        {
            _action.Problem = LoadErrors.Describe(outage, T);
        }
    }

    private Task StartAsync() => ActAsync("analysis.started", actor =>
    {
        Batches.TryStart(BatchKind.Full, actor);
        return Task.CompletedTask;
    });

    private Task CancelAsync() => ActAsync("analysis.cancelled", _ => Batches.CancelAsync(Lifetime));

    private Task ActAsync(string action, Func<string, Task> act) => _action.RunAsync(
        Gate, Policies.Admin, T,
        async actor =>
        {
            await Audit.AppendAsync(actor, action, "analysis", null, null, Lifetime);
            await act(actor);
        },
        Lifetime);
}
