using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using MudBlazor;

namespace GavatDashboard.Features.Security;

/// <summary>API keys: made and shown once, listed by their first characters, revoked.</summary>
public sealed partial class ApiKeysPage : IDisposable
{
    private static readonly int[] Lifetimes = [30, 90, 365];
    private readonly CancellationTokenSource _lifetime = new();
    private readonly GatedAction _action = new();
    private readonly Load<IReadOnlyList<ApiKey>> _keys = new();
    private readonly HashSet<string> _scopes = new(StringComparer.Ordinal) { ApiScopes.CoinsRead };
    private (string Name, string Key)? _secret;
    private string? _name;
    private int _days = 90;

    [Inject]
    private ApiKeyService Keys { get; set; } = null!;

    [Inject]
    private IAdminGate Gate { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    /// <inheritdoc />
    public void Dispose()
    {
        _lifetime.Cancel();
        _keys.Dispose();
        _lifetime.Dispose();
    }

    /// <inheritdoc />
    protected override Task OnInitializedAsync() => LoadAsync();

    private void Toggle(string scope)
    {
        if (!_scopes.Remove(scope))
        {
            _scopes.Add(scope);
        }
    }

    private string StateOf(ApiKey key) => key switch
    {
        { RevokedAt: not null } => T["Keys.Revoked"],
        { ExpiresAt: { } at } when at <= Time.GetUtcNow() => T["Keys.Expired"],
        { ExpiresAt: { } at } => T["Keys.Until", Formats.Date(at)],
        _ => T["Keys.Usable"],
    };

    private async Task LoadAsync() => await _keys.RunAsync(async token => await Keys.ListAsync(token), _lifetime.Token);

    private Task CreateAsync() => RunAsync(async (actor, token) =>
    {
        if (string.IsNullOrWhiteSpace(_name) || _scopes.Count == 0)
        {
            _action.Problem = T["Keys.Incomplete"];
            return;
        }

        DateTimeOffset? expiresAt = _days > 0 ? Time.GetUtcNow().AddDays(_days) : null;
        var (key, secret) = await Keys.CreateAsync(_name.Trim(), _scopes, expiresAt, actor, token);
        (_secret, _name) = ((key.Name, secret), null);
    });

    private async Task RevokeAsync(ApiKey key)
    {
        var yes = await Dialogs.ShowMessageBoxAsync(
            T["Keys.AskRevoke", key.Name], T["Keys.AskRevokeText"], yesText: T["Keys.Revoke"], cancelText: T["Common.Cancel"]);
        if (yes == true)
        {
            await RunAsync((actor, token) => Keys.RevokeAsync(key.Id, actor, token));
        }
    }

    private Task RunAsync(Func<string, CancellationToken, Task> change)
    {
        if (!_action.IsBusy)
        {
            _secret = null;
        }

        return _action.RunAsync(
            Gate, Policies.Admin, T,
            async actor =>
            {
                await change(actor, _lifetime.Token);
                await LoadAsync();
            },
            _lifetime.Token);
    }
}
