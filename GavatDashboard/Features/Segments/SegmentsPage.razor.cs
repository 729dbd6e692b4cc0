using GavatDashboard.Domain.Analysis;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Features.Coins;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Segments;

/// <summary>How the community is made up, how it moves, and who is at risk.</summary>
public sealed partial class SegmentsPage : LiveComponent
{
    private const int RiskyRows = 50;
    private readonly Load<SegmentStatistics> _statistics = new();
    private readonly Load<Listed<UserProfile>> _risky = new();
    private readonly Load<IReadOnlyList<SegmentMove>> _moves = new();
    private readonly Load<SegmentDaysChart> _days = new();
    private SegmentsAddress _address = SegmentsAddress.Read(null, null, null, null);
    private (long Posted, WorkState Batch) _seen;
    private int _version;

    /// <summary>How far back movement is told: 7, 30 (the default), 90 or 365 days.</summary>
    [SupplyParameterFromQuery(Name = "days")]
    public int? Days { get; set; }

    /// <summary>The alerts that are listed: those that are not resolved (the default), open, acknowledged or resolved.</summary>
    [SupplyParameterFromQuery(Name = "alerts")]
    public string? Alerts { get; set; }

    /// <summary>The segment whose members are listed.</summary>
    [SupplyParameterFromQuery(Name = "segment")]
    public string? Segment { get; set; }

    /// <summary>The last user of the page of members before.</summary>
    [SupplyParameterFromQuery(Name = "after")]
    public string? After { get; set; }

    /// <inheritdoc />
    protected override TimeSpan RefreshInterval => TimeSpan.FromSeconds(5);

    [Inject]
    private SegmentService Segments { get; set; } = null!;

    [Inject]
    private AnalysisBatches Batches { get; set; } = null!;

    [Inject]
    private ILedgerFeed Ledger { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        var address = SegmentsAddress.Read(Days, Alerts, Segment, After);
        var isFirst = !_statistics.HasEnded;
        var isOtherPeriod = address.Days != _address.Days;
        _address = address;
        if (isFirst)
        {
            await LoadAsync();
        }
        else if (isOtherPeriod)
        {
            _moves.Clear();
            _days.Clear();
            await LoadMovementAsync();
        }
    }

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) =>
        [Ledger.Subscribe(_ => changed()), new EventSubscription(() => Batches.Changed += changed, () => Batches.Changed -= changed)];

    /// <inheritdoc />
    protected override Task RefreshAsync()
    {
        // Accounts are analysed after their entries; a batch tells when it is through.
        return Seen() == _seen && _statistics.Error is null ? Task.CompletedTask : LoadAsync();
    }

    /// <inheritdoc />
    protected override ValueTask DisposeMoreAsync()
    {
        _statistics.Dispose();
        _risky.Dispose();
        _moves.Dispose();
        _days.Dispose();
        return ValueTask.CompletedTask;
    }

    private (long, WorkState) Seen() => (Ledger.Current.Posted, Batches.Status.State);

    private async Task LoadAsync()
    {
        _seen = Seen();
        _version++;
        await Task.WhenAll(_statistics.RunAsync(async token => await Segments.ReadAsync(token), Lifetime), LoadRiskyAsync(), LoadMovementAsync());
    }

    private Task LoadRiskyAsync() => _risky.RunAsync(async token => await Segments.ListRiskAsync(RiskLevel.High, RiskyRows, token), Lifetime);

    private Task LoadMovementAsync()
    {
        var days = _address.Days;
        return Task.WhenAll(
            _moves.RunAsync(async token => await Segments.ReadMovesAsync(days, token), Lifetime),
            _days.RunAsync(async token => SegmentDaysChart.Of(await Segments.ReadDaysAsync(days, token), days, Time.GetUtcNow(), T), Lifetime));
    }
}
