using GavatDashboard.Domain.Analysis;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Features.Security;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Economy;

/// <summary>Replays the last month under what is being typed, and shows it beside the month under what holds.</summary>
public sealed partial class SimulatorPanel : LiveComponent
{
    private readonly GatedAction _action = new();

    /// <summary>What is being typed.</summary>
    [Parameter, EditorRequired]
    public PolicyWorkspace Workspace { get; set; } = null!;

    [Inject]
    private PolicySimulator Simulator { get; set; } = null!;

    [Inject]
    private IAdminGate Gate { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    private WorkStatus<SimulationReport> Status => Simulator.Status;

    private bool IsChanged => Workspace.Policy.IsChanged || Workspace.Rules.IsChanged;

    private IReadOnlyList<PolicyChange> Changes => Workspace.Policy.Read(out _) is { } policy ? PolicyFields.Changes(Workspace.Policy.Base, policy) : [];

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) => [new EventSubscription(() => Simulator.Changed += changed, () => Simulator.Changed -= changed)];

    private Task StartAsync() => RunAsync(() =>
    {
        RuleSet? rules = null;
        if (Workspace.Policy.Read(out _) is not { } policy)
        {
            _action.Problem = T["Simulation.PolicyWrong"];
        }
        else if (Workspace.Rules.IsChanged && (rules = Workspace.Rules.Read(out _)) is null)
        {
            _action.Problem = T["Simulation.RulesWrong"];
        }
        else if (!Simulator.TryStart(policy, rules))
        {
            _action.Problem = T["Simulation.Busy"];
        }
    });

    private Task CancelAsync() => RunAsync(Simulator.Cancel);

    private Task RunAsync(Action act) => _action.RunAsync(
        Gate, Policies.Admin, T,
        _ =>
        {
            act();
            return Task.CompletedTask;
        },
        Lifetime);

    private static string Number(long? value) => value is { } number ? Formats.Number(number) : "–";
}
