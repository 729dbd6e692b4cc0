using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Failover;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using MudBlazor;

namespace GavatDashboard.Features.Reconciliation;

/// <summary>What is compared with what, how far it has come, and what does not agree.</summary>
public sealed partial class ReconciliationPage : LiveComponent
{
    private IReadOnlyList<CheckState> _checks = [];

    /// <inheritdoc />
    protected override TimeSpan RefreshInterval => TimeSpan.FromSeconds(1);

    [Inject]
    private IReconciliationFeed Feed { get; set; } = null!;

    [Inject]
    private IFailoverControl Failover { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    // The checks run where the ledger is written; how far they once came here says nothing.
    private bool IsElsewhere => Failover.Current.State == FailoverState.Following;

    private List<CheckState> Broken => [.. _checks.Where(check => check.Mismatch is not null)];

    private int Waiting => _checks.Count(check => check.Waiting is not null);

    private TimeSpan Oldest => _checks.Max(check => Age(check.LastPassAt!.Value));

    /// <inheritdoc />
    protected override void OnInitialized() => _checks = Feed.Current;

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) => [Feed.Subscribe(changed), Failover.Subscribe(_ => changed())];

    /// <inheritdoc />
    protected override Task RefreshAsync()
    {
        _checks = Feed.Current;
        return Task.CompletedTask;
    }

    private void RunNow() => Feed.RunNow();

    private TimeSpan Age(DateTimeOffset at) => Later(Time.GetUtcNow() - at);

    private TimeSpan Until(CheckState check) => Later(check.NextAt - Time.GetUtcNow());

    private static TimeSpan Later(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;

    private static string StateOf(CheckState check) => check switch
    {
        { Mismatch: not null } => "mismatch",
        { Waiting: not null } => "waiting",
        { LastPassAt: null } => "first",
        _ => "fits",
    };

    private static string StateClass(CheckState check) => $"check-{StateOf(check)}";

    private static string StateIcon(CheckState check) => StateOf(check) switch
    {
        "mismatch" => Icons.Material.Outlined.ErrorOutline,
        "waiting" => Icons.Material.Outlined.PauseCircle,
        "first" => Icons.Material.Outlined.HourglassEmpty,
        _ => Icons.Material.Filled.Check,
    };
}
