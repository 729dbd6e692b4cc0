using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Security;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Segments;

/// <summary>What long work over everybody has left, and that work with its progress. Only admins start or cancel it, audited.</summary>
/// <typeparam name="TKept">What it leaves.</typeparam>
public abstract class AnalysisWorkPanel<TKept> : LiveComponent
    where TKept : class
{
    private protected GatedAction Action { get; } = new();

    /// <summary>What the last work left; null where there is nothing, or nobody has looked yet.</summary>
    private protected TKept? Kept { get; private set; }

    private protected bool HasLooked { get; private set; }

    [Inject]
    private protected IAnalysisRecords Records { get; set; } = null!;

    [Inject]
    private protected IStringLocalizer<UiText> T { get; set; } = null!;

    [Inject]
    private IAdminGate Gate { get; set; } = null!;

    [Inject]
    private IAuditLog Audit { get; set; } = null!;

    private protected abstract bool IsRunning { get; }

    /// <inheritdoc />
    protected override Task OnInitializedAsync() => ReadAsync();

    /// <inheritdoc />
    protected override Task RefreshAsync() => IsRunning ? Task.CompletedTask : ReadAsync();

    private protected abstract Task<TKept?> FindKeptAsync();

    private protected Task ActAsync(string action, Func<string, Task> act) => Action.RunAsync(
        Gate, Policies.Admin, T,
        async actor =>
        {
            await Audit.AppendAsync(actor, action, "analysis", null, null, Lifetime);
            await act(actor);
        },
        Lifetime);

    private async Task ReadAsync()
    {
        try
        {
            Kept = await FindKeptAsync();
            HasLooked = true;
        }
        catch (StoreUnavailableException outage)
        {
            Action.Problem = LoadErrors.Describe(outage, T);
        }
    }
}
