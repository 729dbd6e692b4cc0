using GavatDashboard.Features.Health;
using GavatDashboard.Features.Projection;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.Text;
using GavatDashboard.Stores;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Failover;

/// <summary>Says on every page what works and what is old, while something is out; takes no room otherwise.</summary>
public sealed partial class ServiceBanner : LiveComponent
{
    private ServiceNotice? _notice;
    private string? _ownerPage;

    [Inject]
    private IFailoverControl Failover { get; set; } = null!;

    [Inject]
    private IHealthFeed Health { get; set; } = null!;

    [Inject]
    private ICacheStatistics Cache { get; set; } = null!;

    [Inject]
    private IProjectionStatus Copies { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    /// <inheritdoc />
    protected override void OnInitialized() => Read();

    // The copies tell nobody of their lag, but a probe that runs every few seconds does.
    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) => [Failover.Subscribe(_ => changed()), Health.Subscribe(_ => changed())];

    /// <inheritdoc />
    protected override Task RefreshAsync()
    {
        Read();
        return Task.CompletedTask;
    }

    private void Read()
    {
        _notice = ServiceNotice.Of(Failover.Current, Cache.Read(), Copies.Read(), Time.GetUtcNow(), T);
        _ownerPage = OwnerPage.FindAddress(Failover.Current, Navigation);
    }
}
