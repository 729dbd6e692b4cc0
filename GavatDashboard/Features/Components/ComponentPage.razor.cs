using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using GavatDashboard.Shared.Charts;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Components;

/// <summary>One component: how quick it is over time, what happened to it, and what it is.</summary>
public sealed partial class ComponentPage : LiveComponent
{
    private const int IncidentsShown = 20;
    private static readonly TimeSpan ArchiveInterval = TimeSpan.FromMinutes(1);
    private readonly Load<LatencyWindow> _long = new();
    private readonly Load<IReadOnlyList<Uptime>> _uptimes = new();
    private DateTimeOffset _archiveReadAt;
    private string? _archiveOf;
    private HealthSnapshot _snapshot = null!;
    private ComponentHealth? _component;
    private LatencyWindow? _window;
    private ChartSpec? _chart;
    private LatencyRange _range;
    private IReadOnlyList<Incident> _incidents = [];

    /// <summary>Which component, one of <see cref="ComponentIds"/>.</summary>
    [Parameter]
    public string Id { get; set; } = "";

    /// <summary>How far back, by the name of a <see cref="LatencyRange"/>; 15 minutes where it names none.</summary>
    [SupplyParameterFromQuery(Name = "range")]
    public string? RangeName { get; set; }

    [Inject]
    private IHealthFeed Health { get; set; } = null!;

    [Inject]
    private IHealthHistory History { get; set; } = null!;

    [Inject]
    private HealthRecords Records { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    // A probe that did not get an answer took some time too, but that is no latency of the component.
    private double? NowMs => _component?.Status is ComponentStatus.Healthy or ComponentStatus.Degraded ? _component.LatencyMs : null;

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        _range = Enum.TryParse<LatencyRange>(RangeName, ignoreCase: true, out var range) && Enum.IsDefined(range) ? range : LatencyRange.Minutes15;
        Read();
        await ReadArchiveAsync();
    }

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) => [Health.Subscribe(_ => changed())];

    /// <inheritdoc />
    protected override Task RefreshAsync()
    {
        // Most snapshots bring news of other components; only this one's are worth a new chart.
        var latest = Health.Current.Find(Id);
        if (ReferenceEquals(latest, _component))
        {
            return Task.CompletedTask;
        }

        Read();
        return Time.GetUtcNow() - _archiveReadAt > ArchiveInterval ? ReadArchiveAsync() : Task.CompletedTask;
    }

    /// <inheritdoc />
    protected override ValueTask DisposeMoreAsync()
    {
        _long.Dispose();
        _uptimes.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task ReadArchiveAsync()
    {
        var asked = $"{Id} {_range}";
        if (asked != _archiveOf)
        {
            _long.Clear();
            _archiveOf = asked;
        }

        _archiveReadAt = Time.GetUtcNow();
        if (_component is null)
        {
            return;
        }

        var (id, range) = (Id, _range);
        if (range.IsLong() && await _long.RunAsync(async token => await Records.ReadLatencyAsync(id, range, token), Lifetime))
        {
            Read();
        }

        await LoadUptimesAsync();
    }

    private Task LoadUptimesAsync() => _uptimes.RunAsync(async token => await Records.ReadUptimeAsync(Id, token), Lifetime);

    private void Read()
    {
        _snapshot = Health.Current;
        _component = _snapshot.Find(Id);
        if (_component is null)
        {
            return;
        }

        // What lies beyond a day comes from the archive, and until it is there the window is empty.
        var now = Time.GetUtcNow();
        _window = _range.IsLong() ? _long.Value ?? new(_range, now - _range.Length(), now, LatencyStats.None, [], []) : History.ReadLatency(Id, _range);
        _incidents = History.ListIncidents(Id, IncidentsShown);
        _chart = LatencyChart.Of(_window, _component.Target, _component.Target is { } target ? T["Tile.Target", Formats.Limit(target.MaxMs)] : "", T["Components.NoSamples"]);
    }

    private string AddressOf(LatencyRange range) => $"/components/{Uri.EscapeDataString(Id)}?range={range.ToString().ToLowerInvariant()}";

    private string NameOf(LatencyRange range) => range.Length() switch
    {
        { TotalHours: < 1 } length => T["Components.Minutes", length.TotalMinutes],
        { TotalHours: <= 24 } length => T["Components.Hours", length.TotalHours],
        var length => T["Components.Days", length.TotalDays],
    };

    // The product's name carries its version.
    private static IEnumerable<KeyValuePair<string, string>> DetailsOf(ComponentHealth component) => component.Details
        .Where(detail => detail.Key != ComponentHealth.StandInDetail
            && (detail.Key != "version" || !component.Details.TryGetValue(ComponentHealth.ProductDetail, out var product) || !product.EndsWith(detail.Value, StringComparison.Ordinal)))
        .OrderByDescending(detail => detail.Key == ComponentHealth.ProductDetail);

    private static string At(DateTimeOffset? at) => at is { } known ? $"{Formats.Date(known)}, {Formats.Time(known)} UTC" : "–";

    private IEnumerable<string> Limitations(ComponentHealth component, LatencyWindow window)
    {
        if (component.StandIn is { } standIn)
        {
            yield return T["Components.LimitStandIn", T.StandInOf(standIn)];
        }

        if (component.IsStale)
        {
            yield return T["Components.LimitStale"];
        }

        if (component.Target is { } target)
        {
            yield return T["Components.LimitTarget", Formats.Limit(target.MaxMs)];
        }

        yield return window.Buckets.Count > 0
            ? T["Components.LimitHistory", At(window.Buckets[0].StartedAt > window.From ? window.Buckets[0].StartedAt : window.From)]
            : T["Components.NoSamples"];
    }
}
