using GavatDashboard.Domain.Analysis;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Shared.Live;
using Microsoft.AspNetCore.Components;

namespace GavatDashboard.Features.Segments;

/// <summary>How old the analysis of everybody is, and a new one with its progress.</summary>
public sealed partial class BatchPanel : AnalysisWorkPanel<AnalysisBatch>
{
    [Inject]
    private AnalysisBatches Batches { get; set; } = null!;

    private WorkStatus<AnalysisBatch> Status => Batches.Status;

    private protected override bool IsRunning => Status.State == WorkState.Running;

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) => [new EventSubscription(() => Batches.Changed += changed, () => Batches.Changed -= changed)];

    /// <summary>A batch was through as of its start: whoever changed since then is analysed on its own.</summary>
    private protected override async Task<AnalysisBatch?> FindKeptAsync() =>
        (await Records.ListBatchesAsync(20, Lifetime)).FirstOrDefault(batch => batch.State == BatchState.Done);

    private TimeSpan Age(AnalysisBatch batch) => Time.GetUtcNow() - batch.StartedAt is { Ticks: > 0 } age ? age : TimeSpan.Zero;

    private Task StartAsync() => ActAsync("analysis.started", actor => Task.FromResult(Batches.TryStart(BatchKind.Full, actor)));

    private Task CancelAsync() => ActAsync("analysis.cancelled", _ => Batches.CancelAsync(Lifetime));
}
