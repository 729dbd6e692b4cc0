using GavatDashboard.Domain.Failover;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Coins;
using GavatDashboard.Features.Failover;
using GavatDashboard.Features.Health;
using GavatDashboard.Features.Security;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.Text;
using GavatDashboard.Stores;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Overview;

/// <summary>Everything at a glance: is it up, how fast is it, what happened.</summary>
public sealed partial class OverviewPage : LiveComponent
{
    private const int IncidentsShown = 6;
    private HealthSnapshot _snapshot = null!;
    private LedgerActivity _activity = null!;
    private CacheStatistics? _cache;
    private IReadOnlyList<ServiceObjective> _objectives = [];
    private IReadOnlyList<Incident> _incidents = [];

    [Inject]
    private IHealthFeed Health { get; set; } = null!;

    [Inject]
    private IHealthHistory History { get; set; } = null!;

    [Inject]
    private ILedgerFeed Ledger { get; set; } = null!;

    [Inject]
    private ICacheStatistics Cache { get; set; } = null!;

    [Inject]
    private ThroughputWatch Throughput { get; set; } = null!;

    [Inject]
    private IFailoverControl Failover { get; set; } = null!;

    [Inject]
    private IOptions<StoreOptions> Stores { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IAuthorizationService Authorization { get; set; } = null!;

    [CascadingParameter]
    private Task<AuthenticationState> AuthenticationState { get; set; } = null!;

    private StoreMode Mode => Stores.Value.Mode;

    private string HitRateNote => _cache switch
    {
        { IsBypassed: true } when Failover.Current is { State: FailoverState.Following } following => T["Overview.CacheElsewhere", following.Owner],
        { IsBypassed: true } when _snapshot.Find(ComponentIds.Redis)?.Status == ComponentStatus.Unhealthy => T["Overview.CacheOut"],
        { IsBypassed: true } cache => T["Overview.CacheBypassed", SystemWords.Of(cache.BypassReason ?? string.Empty, T)],
        { RecentLookups: > 0 } cache => T["Overview.HitRateNote", Formats.Percent(LatencyTarget.CacheHitRatePercent), Formats.Number(cache.RecentLookups)],
        _ => T["Overview.HitRateNone", Formats.Percent(LatencyTarget.CacheHitRatePercent)],
    };

    /// <inheritdoc />
    protected override async Task OnInitializedAsync()
    {
        Read();
        var user = (await AuthenticationState).User;
        if (!(await Authorization.AuthorizeAsync(user, Policies.Operator)).Succeeded)
        {
            // Support staff have no business with components; their first page is the search.
            Navigation.NavigateTo("/users", replace: true);
        }
    }

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) => [Health.Subscribe(_ => changed()), Ledger.Subscribe(_ => changed())];

    /// <inheritdoc />
    protected override Task RefreshAsync()
    {
        Read();
        return Task.CompletedTask;
    }

    private void Read()
    {
        _snapshot = Health.Current;
        _activity = Ledger.Current;
        _cache = Cache.Read();
        _objectives = ServiceObjective.ListOf(_snapshot, _cache.RecentHitRatePercent, Throughput.Current);
        var since = Time.GetUtcNow() - TimeSpan.FromHours(24);
        _incidents = [.. History.ListIncidents(null, 50).Where(incident => incident.IsOpen || incident.EndedAt > since).Take(IncidentsShown)];
    }
}
