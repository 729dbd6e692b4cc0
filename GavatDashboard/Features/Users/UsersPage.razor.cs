using GavatDashboard.Domain.Coins;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Users;

/// <summary>Looks users up by id or by a part of the username, from the keyboard first.</summary>
public sealed partial class UsersPage : LiveComponent
{
    private const int MostRows = 50;
    private static readonly TimeSpan TypingPause = TimeSpan.FromMilliseconds(200);
    private readonly Load<IReadOnlyList<Row>> _found = new();
    private IReadOnlyList<RecentUser> _recent = [];
    private ElementReference _input;
    private CancellationTokenSource? _typing;
    private string _initial = "";
    private string _text = "";
    private string _searched = "";
    private int _marked = -1;

    /// <summary>What to look for, so that a search can be sent to a colleague.</summary>
    [SupplyParameterFromQuery(Name = "q")]
    public string? Query { get; set; }

    [Inject]
    private ILedgerStores Stores { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    private IReadOnlyList<Row> Rows => _found.Value ?? [];

    /// <inheritdoc />
    protected override async Task OnInitializedAsync()
    {
        _initial = _text = Query?.Trim() ?? "";
        await LoadAsync();
    }

    // A search stands still while it is read.
    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) => [];

    /// <inheritdoc />
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            await _input.FocusAsync();
            _recent = await Browser.ReadRecentUsersAsync();
            StateHasChanged();
        }
    }

    /// <inheritdoc />
    protected override ValueTask DisposeMoreAsync()
    {
        _typing?.Cancel();
        _typing?.Dispose();
        _found.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string AddressOf(string userId) => $"/users/{Uri.EscapeDataString(userId)}";

    private async Task OnInput(ChangeEventArgs change)
    {
        _text = change.Value?.ToString()?.Trim() ?? "";

        // At once: between a wait and what follows it another key may come.
        _typing?.Cancel();
        _typing?.Dispose();
        var typing = _typing = CancellationTokenSource.CreateLinkedTokenSource(Lifetime);
        try
        {
            await Task.Delay(TypingPause, Time, typing.Token);
        }
        catch (OperationCanceledException)
        {
            // Another key came, or the page went.
            return;
        }

        await LoadAsync();
    }

    private async Task LoadAsync()
    {
        var text = _text;
        if (text.Any(char.IsControl))
        {
            text = new string([.. text.Where(c => !char.IsControl(c))]);
        }

        var isNewest = await _found.RunAsync(
            async token =>
            {
                var ledger = Stores.Current;
                var users = await ledger.SearchUsersAsync(text, MostRows, token);
                var accounts = (await ledger.FindAccountsAsync([.. users.Select(user => user.Id)], token)).ToDictionary(account => account.UserId, StringComparer.Ordinal);
                return [.. users.Select(user => new Row(user, accounts.GetValueOrDefault(user.Id)))];
            },
            Lifetime);
        if (isNewest)
        {
            // The best match comes first, so Enter right after typing opens it.
            (_searched, _marked) = (text, text.Length > 0 && Rows.Count > 0 ? 0 : -1);
        }
    }

    private async Task OnKey(KeyboardEventArgs key)
    {
        switch (key.Key)
        {
            case "ArrowDown":
                await MarkAsync(Math.Min(_marked + 1, Rows.Count - 1));
                break;
            case "ArrowUp":
                await MarkAsync(Math.Max(_marked - 1, -1));
                break;
        }
    }

    private async Task MarkAsync(int index)
    {
        _marked = index;
        if (index >= 0)
        {
            await Browser.ScrollIntoViewAsync($"user-{index}");
        }
    }

    private async Task OpenMarked()
    {
        if (_text != _searched)
        {
            // Enter came before the pause after the last key.
            await LoadAsync();
        }

        if (_marked >= 0 && _marked < Rows.Count)
        {
            Navigation.NavigateTo(AddressOf(Rows[_marked].User.Id));
        }
    }

    private async Task ForgetRecentAsync()
    {
        await Browser.ClearRecentUsersAsync();
        _recent = [];
    }

    private sealed record Row(User User, Account? Account);
}
