using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Users;

/// <summary>Changes an account by hand: first what would happen, then, once confirmed, the change itself, once.</summary>
public sealed partial class AdjustPanel : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);
    private readonly CancellationTokenSource _lifetime = new();
    private readonly GatedAction _action = new();
    private AdjustmentKind _kind = AdjustmentKind.Add;
    private Step _step = Step.Edit;
    private Entry? _entry;
    private string? _amount;
    private string? _tier = "";
    private DateOnly? _until;
    private string? _reason;
    private Adjustment? _asked;
    private Account? _after;
    private CoinAmount _change;
    private string? _done;

    private enum Step
    {
        Edit,
        Confirm,
    }

    /// <summary>The account as it stands.</summary>
    [Parameter, EditorRequired]
    public UserStats Stats { get; set; } = null!;

    /// <summary>The account was changed.</summary>
    [Parameter]
    public EventCallback OnChanged { get; set; }

    [Inject]
    private AdjustmentService Adjustments { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    private Account Before => Stats.Account;

    private DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Asks whether an entry shall be undone.</summary>
    public void Reverse(Entry entry)
    {
        Choose(AdjustmentKind.Reverse);
        _entry = entry;
        StateHasChanged();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _lifetime.Cancel();
        _lifetime.Dispose();
    }

    /// <inheritdoc />
    protected override void OnParametersSet()
    {
        if (_asked is { } asked && asked.UserId != Stats.User.Id)
        {
            Choose(AdjustmentKind.Add);
        }
    }

    private void Choose(AdjustmentKind kind)
    {
        (_kind, _step, _entry, _asked, _after, _action.Problem, _done) = (kind, Step.Edit, null, null, null, null, null);
        (_amount, _reason, _until, _tier) = (null, null, null, "");
    }

    private void Back() => (_step, _action.Problem) = (Step.Edit, null);

    private Task PreviewAsync() => RunAsync(async token =>
    {
        if (ReadForm() is not { } asked)
        {
            return;
        }

        switch (await Adjustments.PreviewAsync(asked, token))
        {
            case OperationResult.Posted posted:
                (_asked, _after, _change, _step) = (asked, posted.Account, posted.Entry.Amount, Step.Confirm);
                break;
            case OperationResult.TierPinned pinned:
                (_asked, _after, _step) = (asked, pinned.Account, Step.Confirm);
                break;
            case OperationResult.Refused refused:
                _action.Problem = refused.Refusal.Message;
                break;
        }
    });

    private Task ConfirmAsync() => RunAsync(async token =>
    {
        // The same key however often it is pressed: after an answer that was lost, too.
        switch (await Adjustments.ApplyAsync(_asked!, token))
        {
            case OperationResult.Posted posted:
                Choose(AdjustmentKind.Add);
                _done = T["Adjust.DonePosted", Formats.Coins(posted.Entry.Amount, isMovement: true), Formats.Coins(posted.Entry.BalanceAfter)];
                break;
            case OperationResult.TierPinned pinned:
                Choose(AdjustmentKind.Add);
                _done = pinned.Account.Pin is { } pin ? T["Adjust.DonePinned", T[$"Tier.{pin.Tier}"]] : T["Adjust.DoneUnpinned"];
                break;
            case OperationResult.Refused refused:
                // This answer is kept under its key for ever; another attempt is another request.
                Back();
                _action.Problem = refused.Refusal.Message;
                break;
        }

        await OnChanged.InvokeAsync();
    });

    private Adjustment? ReadForm()
    {
        var reason = _reason?.Trim() ?? "";
        if (reason.Length == 0)
        {
            _action.Problem = T["Adjust.ReasonMissing"];
            return null;
        }

        var asked = new Adjustment(_kind, Stats.User.Id, reason, $"console:{Guid.CreateVersion7():N}");
        switch (_kind)
        {
            case AdjustmentKind.Tier:
                // The pin holds to the end of the day that was chosen.
                DateTimeOffset? end = _until is { } day ? new DateTimeOffset(day.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero) : null;
                if (end <= Now)
                {
                    _action.Problem = T["Adjust.UntilPast"];
                    return null;
                }

                return asked with { Tier = Enum.TryParse<Tier>(_tier, out var tier) ? tier : null, ExpiresAt = string.IsNullOrEmpty(_tier) ? null : end };
            case AdjustmentKind.Reverse:
                return asked with { EntryId = _entry!.Id };
            default:
                if (!long.TryParse(_amount, NumberStyles.AllowThousands | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.CurrentCulture, out var coins)
                    || coins < 1 || coins > CoinAmount.MaxOperation.Value)
                {
                    _action.Problem = T["Adjust.AmountWrong", Formats.Coins(CoinAmount.MaxOperation)];
                    return null;
                }

                return asked with { Amount = coins };
        }
    }

    private Task RunAsync(Func<CancellationToken, Task> action)
    {
        string advice = T[_step == Step.Confirm ? "Adjust.TryConfirmAgain" : "Adjust.TryAgain"];
        return _action.RunAsync(
            T,
            async () =>
            {
                _done = null;
                using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_lifetime.Token);
                timeout.CancelAfter(Timeout);
                try
                {
                    await action(timeout.Token);
                }
                catch (OperationCanceledException) when (!_lifetime.IsCancellationRequested)
                {
                    _action.Problem = advice;
                }
            },
            advice);
    }
}
