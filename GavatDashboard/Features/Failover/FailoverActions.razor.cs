using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Failover;

/// <summary>What an admin may do by hand: first what would happen, then a reason and the typed word, then the action, once.</summary>
public sealed partial class FailoverActions : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly CancellationTokenSource _lifetime = new();
    private FailoverRequestKind? _asked;
    private DrillScope _scope;
    private string? _reason;
    private string? _typed;
    private string? _password;
    private string _key = "";
    private string? _problem;
    private string? _done;
    private bool _needsPassword;
    private bool _isBusy;

    /// <summary>How the coordinator stands.</summary>
    [Parameter, EditorRequired]
    public FailoverSnapshot Snapshot { get; set; } = null!;

    [Inject]
    private FailoverDesk Desk { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    private IEnumerable<FailoverRequestKind> Offered
    {
        get
        {
            if (Snapshot.Progress is { CanAbort: true })
            {
                yield return FailoverRequestKind.Abort;
            }

            yield return FailoverRequestKind.FailOver;
            yield return FailoverRequestKind.Recover;
            yield return FailoverRequestKind.Drill;
            yield return Snapshot.IsPaused ? FailoverRequestKind.Resume : FailoverRequestKind.Pause;
            if (Snapshot.State is Domain.Failover.FailoverState.Fenced or Domain.Failover.FailoverState.Following)
            {
                yield return FailoverRequestKind.TakeOver;
            }

            if (Snapshot.CanSimulateOutage)
            {
                yield return Snapshot.IsOutageSimulated ? FailoverRequestKind.EndOutage : FailoverRequestKind.SimulateOutage;
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _lifetime.Cancel();
        _lifetime.Dispose();
    }

    private async Task AskAsync(FailoverRequestKind kind)
    {
        // One key for as long as the form is open: pressed twice, it happens once.
        (_asked, _key, _problem, _done) = (kind, $"console:{Guid.CreateVersion7():N}", null, null);
        (_reason, _typed, _password, _scope) = (null, null, null, DrillScope.Canary);
        _needsPassword = await Desk.NeedsPasswordAsync();
    }

    private void Close() => (_asked, _problem, _password) = (null, null, null);

    private async Task OrderAsync()
    {
        if (_isBusy || _asked is not { } kind)
        {
            return;
        }

        (_isBusy, _problem) = (true, null);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_lifetime.Token);
        patience.CancelAfter(Patience);
        try
        {
            var (outcome, reason) = await Desk.RequestAsync(new FailoverOrder(kind, _scope, _reason ?? "", _typed ?? "", _password ?? "", _key), patience.Token);
            if (outcome is FailoverOrderOutcome.Begun or FailoverOrderOutcome.BegunBefore)
            {
                Close();
                _done = T["Failover.Begun", T[$"Failover.Do.{kind}"]];
                return;
            }

            _password = null;
            _needsPassword = outcome == FailoverOrderOutcome.PasswordNeeded || await Desk.NeedsPasswordAsync();
            _problem = outcome switch
            {
                FailoverOrderOutcome.NotAllowed => T["Admin.NotAllowed"],
                FailoverOrderOutcome.ReasonMissing => T["Failover.ReasonMissing", FailoverOrder.FewestReasonCharacters],
                FailoverOrderOutcome.NotConfirmed => T["Failover.NotConfirmed", FailoverOrder.WordOf(kind)],
                FailoverOrderOutcome.PasswordNeeded => T["Failover.PasswordNeeded"],
                _ => T["Failover.Refused", SystemWords.Of(reason ?? "", T)],
            };
            if (outcome == FailoverOrderOutcome.Refused)
            {
                // That answer is kept under its key; another attempt is another request.
                _key = $"console:{Guid.CreateVersion7():N}";
            }
        }
        catch (OperationCanceledException) when (!_lifetime.IsCancellationRequested)
        {
            _problem = T["Failover.NoAnswer"];
        }
        finally
        {
            _isBusy = false;
        }
    }
}
