using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Economy;

/// <summary>What admins set: prices, limits and tiers, rules of segments and risk, and a simulator of both. What is typed stays while the parts are looked at.</summary>
public sealed partial class PoliciesPage : LiveComponent
{
    private const int HistoryRows = 10;
    private readonly Load<PolicyWorkspace> _workspace = new();
    private readonly Load<IReadOnlyList<PublishedPolicy>> _policies = new();
    private readonly Load<IReadOnlyList<PublishedRuleSet>> _rules = new();
    private LedgerPolicy? _latest;
    private PolicyTab _tab;

    /// <summary>The part that is shown: <c>prices</c> (the default), <c>rules</c> or <c>simulator</c>.</summary>
    [SupplyParameterFromQuery(Name = "tab")]
    public string? Tab { get; set; }

    [Inject]
    private PolicyService Service { get; set; } = null!;

    [Inject]
    private RuleSets Rules { get; set; } = null!;

    [Inject]
    private TierRefresh Tiers { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        _tab = Enum.TryParse<PolicyTab>(Tab, ignoreCase: true, out var tab) && Enum.IsDefined(tab) ? tab : PolicyTab.Prices;
        if (!_workspace.HasEnded && !_workspace.IsLoading)
        {
            await LoadAsync();
        }
    }

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) =>
    [
        new EventSubscription(() => Tiers.Changed += changed, () => Tiers.Changed -= changed),
        new EventSubscription(() => Rules.Published += changed, () => Rules.Published -= changed),
    ];

    /// <inheritdoc />
    protected override async Task RefreshAsync()
    {
        // Somebody else may have published; what is typed here stays, and the editor says so.
        if (_latest is not null && (Tiers.Status.Version > _latest.Version || _workspace.Value?.Rules.BasedOn != Rules.Current.Version))
        {
            await LoadHistoryAsync();
        }
    }

    /// <inheritdoc />
    protected override ValueTask DisposeMoreAsync()
    {
        _workspace.Dispose();
        _policies.Dispose();
        _rules.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string AddressOf(PolicyTab tab) => tab == PolicyTab.Prices ? "/admin/policies" : $"/admin/policies?tab={tab.ToString().ToLowerInvariant()}";

    private async Task LoadAsync()
    {
        await _workspace.RunAsync(
            async token =>
            {
                _latest = await Service.ReadAsync(token);
                return new PolicyWorkspace(_latest, Rules.Current);
            },
            Lifetime);
        await LoadHistoryAsync();
    }

    private async Task LoadHistoryAsync()
    {
        await _policies.RunAsync(
            async token =>
            {
                _latest = await Service.ReadAsync(token);
                return await Service.ListPublishedAsync(HistoryRows, token);
            },
            Lifetime);
        await _rules.RunAsync(async token => await Rules.ListAsync(HistoryRows, token), Lifetime);
    }

    private async Task OnPolicyPublishedAsync(LedgerPolicy policy)
    {
        _workspace.Value!.Policy = new PolicyDraft(policy);
        _latest = policy;
        await LoadHistoryAsync();
    }
}

/// <summary>The parts of the page.</summary>
internal enum PolicyTab
{
    /// <summary>Prices, limits and tier thresholds.</summary>
    Prices,

    /// <summary>Rules of segments and risk.</summary>
    Rules,

    /// <summary>The last 30 days under what is typed.</summary>
    Simulator,
}
