using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Security;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Economy;

/// <summary>Prices, limits and tier thresholds: first what would change and for whom, then the change itself, once.</summary>
public sealed partial class PolicyEditor : LiveComponent
{
    private readonly GatedAction _action = new();
    private IReadOnlyDictionary<string, FieldProblem> _wrong = new Dictionary<string, FieldProblem>();
    private LedgerPolicy? _asked;
    private TierPreview? _tiers;
    private string _key = "";
    private string? _reason;
    private bool _isReasonMissing;
    private string? _done;

    /// <summary>What is being typed.</summary>
    [Parameter, EditorRequired]
    public PolicyWorkspace Workspace { get; set; } = null!;

    /// <summary>The policy that holds.</summary>
    [Parameter, EditorRequired]
    public LedgerPolicy Latest { get; set; } = null!;

    /// <summary>Another policy was published here.</summary>
    [Parameter]
    public EventCallback<LedgerPolicy> OnPublished { get; set; }

    /// <summary>Somebody else was found to have published meanwhile.</summary>
    [Parameter]
    public EventCallback OnOutdated { get; set; }

    [Inject]
    private PolicyService Service { get; set; } = null!;

    [Inject]
    private TierRefresh Tiers { get; set; } = null!;

    [Inject]
    private IAdminGate Gate { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    private PolicyDraft Draft => Workspace.Policy;

    private bool IsOutdated => Latest.Version > Draft.Base.Version;

    private string TierProgress => Tiers.Status switch
    {
        { IsRunning: true } running => T["Policy.TiersMoving", Formats.Number(running.Moved)],
        { Moved: > 0 } done when done.Version == Draft.Base.Version => T["Policy.TiersMoved", Formats.Number(done.Moved)],
        _ => "",
    };

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) => [new EventSubscription(() => Tiers.Changed += changed, () => Tiers.Changed -= changed)];

    /// <inheritdoc />
    protected override void OnParametersSet()
    {
        // What is on the way to be published was previewed against a policy that holds no more.
        if (IsOutdated)
        {
            _asked = null;
        }

        if (Draft.IsChanged)
        {
            Draft.Read(out _wrong);
        }
    }

    private void Type(string field, ChangeEventArgs change)
    {
        Draft[field] = (string?)change.Value ?? "";
        _done = null;
        Draft.Read(out _wrong);
    }

    private void KeepMine()
    {
        Workspace.Policy = Draft.OnTopOf(Latest);
        (_asked, _action.Problem) = (null, null);
        Draft.Read(out _wrong);
    }

    private void Discard()
    {
        Workspace.Policy = new PolicyDraft(Latest);
        (_asked, _action.Problem, _wrong) = (null, null, new Dictionary<string, FieldProblem>());
    }

    private void Back() => (_asked, _action.Problem, _isReasonMissing) = (null, null, false);

    private Task PreviewAsync() => RunAsync(async () =>
    {
        if (Draft.Read(out _wrong) is not { } policy)
        {
            _action.Problem = T["Policy.SomeWrong"];
            return;
        }

        _tiers = await Service.PreviewTiersAsync(Draft.Base, policy, Time.GetUtcNow(), Lifetime);
        (_asked, _key, _reason, _isReasonMissing) = (policy, $"console:{Guid.CreateVersion7():N}", null, false);
    });

    private Task PublishAsync() => RunAsync(async () =>
    {
        _isReasonMissing = string.IsNullOrWhiteSpace(_reason);
        if (_isReasonMissing)
        {
            _action.Problem = T["Adjust.ReasonMissing"];
            return;
        }

        // The same key however often it is pressed: after an answer that was lost, too.
        switch (await Service.PublishAsync(Draft.Base, _asked!, _reason!.Trim(), _key, Lifetime))
        {
            case OperationResult.Refused { Refusal.Code: Refusal.PolicyOutdated }:
                _asked = null;
                await OnOutdated.InvokeAsync();
                break;
            case OperationResult.Refused refused:
                _action.Problem = refused.Refusal.Message;
                break;
            case OperationResult.PolicyChanged changed:
                _asked = null;
                _done = T["Policy.Published", changed.Policy.Version];
                await OnPublished.InvokeAsync(changed.Policy);
                break;
        }
    });

    private Task RunAsync(Func<Task> act)
    {
        _done = _action.IsBusy ? _done : null;
        return _action.RunAsync(Gate, Policies.Admin, T, _ => act(), Lifetime, T[_asked is null ? "Adjust.TryAgain" : "Policy.TryPublishAgain"]);
    }

    private string Words(FieldProblem wrong) => T[wrong.Text, [.. wrong.Numbers.Select(number => (object)Formats.Number(number))]];

    private string? TextNow(string field) => PolicyFields.ValueOf(Draft.Base, field)?.ToString(CultureInfo.InvariantCulture);

    private static string Number(long? value) => value is { } number ? Formats.Number(number) : "–";
}
