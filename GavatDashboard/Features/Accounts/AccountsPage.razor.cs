using GavatDashboard.Features.Security;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using MudBlazor;

namespace GavatDashboard.Features.Accounts;

/// <summary>Console users: who may sign in, as what, and from where they have.</summary>
public sealed partial class AccountsPage : OwningComponentBase
{
    private readonly CancellationTokenSource _lifetime = new();
    private readonly GatedAction _action = new();
    private readonly Load<IReadOnlyList<Row>> _rows = new();
    private readonly HashSet<string> _newRoles = new(StringComparer.Ordinal);
    private readonly HashSet<string> _roles = new(StringComparer.Ordinal);
    private (string Name, string Password)? _secret;
    private string? _done;
    private string? _newName;
    private string? _opened;
    private bool _isRoleMissing;

    private enum AccountChange
    {
        ResetPassword,
        EndSessions,
        Disable,
    }

    [Inject]
    private IAdminGate Gate { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    // Of a scope of this page's own: the user manager is not made for the length of a circuit.
    private AccountService Accounts => ScopedServices.GetRequiredService<AccountService>();

    /// <inheritdoc />
    protected override Task OnInitializedAsync() => LoadAsync();

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _lifetime.Cancel();
            _rows.Dispose();
            _lifetime.Dispose();
        }

        base.Dispose(disposing);
    }

    private static void Toggle(HashSet<string> roles, string role)
    {
        if (!roles.Remove(role))
        {
            roles.Add(role);
        }
    }

    private void ToggleNew(string role)
    {
        Toggle(_newRoles, role);
        _isRoleMissing = false;
    }

    private string LastSignIn(ConsoleUser user) =>
        user.LastSignInAt is { } at ? T["Accounts.LastSignIn", Formats.DateTime(at)] : T["Accounts.NeverSignedIn"];

    private void Open(Row row)
    {
        _opened = _opened == row.User.Id ? null : row.User.Id;
        _roles.Clear();
        _roles.UnionWith(row.User.Roles);
    }

    private async Task LoadAsync() => await _rows.RunAsync(
        async token =>
        {
            var rows = new List<Row>();
            foreach (var user in await Accounts.ListAsync(token))
            {
                rows.Add(new Row(user, Accounts.IsLocked(user), await Accounts.ListSessionsAsync(user.Id, token)));
            }

            return rows;
        },
        _lifetime.Token);

    private async Task CreateAsync()
    {
        var name = _newName?.Trim() ?? "";
        _isRoleMissing = _newRoles.Count == 0;
        if (!_isRoleMissing && await RunAsync(name, (actor, token) => Accounts.CreateAsync(name, [.. _newRoles], null, actor, token)))
        {
            (_newName, _done) = (null, T["Accounts.Created", name]);
            _newRoles.Clear();
        }
    }

    private async Task AskAsync(ConsoleUser user, AccountChange change)
    {
        var yes = await Dialogs.ShowMessageBoxAsync(
            T[$"Accounts.Ask.{change}", user.UserName], T[$"Accounts.AskText.{change}"], yesText: T[$"Accounts.{change}"], cancelText: T["Common.Cancel"]);
        if (yes == true)
        {
            await ChangeAsync(user, (actor, token) => change switch
            {
                AccountChange.ResetPassword => Accounts.ResetPasswordAsync(user.Id, actor, token),
                AccountChange.EndSessions => Accounts.EndSessionsAsync(user.Id, actor, token),
                _ => Accounts.DisableAsync(user.Id, actor, token),
            });
        }
    }

    private Task ChangeAsync(ConsoleUser user, Func<string, CancellationToken, Task<AccountResult>> change) => RunAsync(user.UserName, change);

    private async Task<bool> RunAsync(string name, Func<string, CancellationToken, Task<AccountResult>> change)
    {
        if (!_action.IsBusy)
        {
            (_done, _secret) = (null, null);
        }

        var isDone = false;
        await _action.RunAsync(
            Gate, Policies.Admin, T,
            async actor =>
            {
                var result = await change(actor, _lifetime.Token);
                (_action.Problem, isDone) = (result.Problem, result.IsDone);
                if (isDone)
                {
                    _done = T["Accounts.Done", name];
                    _secret = result.OneTimePassword is { } password ? (name, password) : null;
                }

                await LoadAsync();
            },
            _lifetime.Token);
        return isDone;
    }

    private sealed record Row(ConsoleUser User, bool IsLocked, IReadOnlyList<ConsoleSession> Sessions);
}
