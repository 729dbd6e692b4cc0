using GavatDashboard.Domain.Coins;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Users;

/// <summary>Answers what a user's balance was at an instant, and what of it came into the ledger only later.</summary>
public sealed partial class BalanceAtPicker : IDisposable
{
    private const string InputForm = "yyyy-MM-ddTHH:mm:ss";
    private readonly CancellationTokenSource _lifetime = new();
    private readonly Load<Reading<BalanceAt>> _found = new();
    private string? _shown;
    private string? _problem;
    private DateTime? _at;

    /// <summary>Whose.</summary>
    [Parameter, EditorRequired]
    public string UserId { get; set; } = "";

    [Inject]
    private IBalanceHistory History { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    /// <inheritdoc />
    public void Dispose()
    {
        _lifetime.Cancel();
        _found.Dispose();
        _lifetime.Dispose();
    }

    /// <inheritdoc />
    protected override void OnParametersSet()
    {
        if (_shown != UserId)
        {
            _shown = UserId;
            _problem = null;
            _found.Clear();
        }
    }

    private async Task FindAsync()
    {
        _problem = _at switch
        {
            null => "User.BalanceAtMissing",
            { } given when AsUtc(given) > Time.GetUtcNow() => "User.BalanceAtFuture",
            _ => null,
        };
        if (_problem is null && _at is { } at)
        {
            await _found.RunAsync(token => History.FindAsync(UserId, AsUtc(at), token), _lifetime.Token);
        }
    }

    private static DateTimeOffset AsUtc(DateTime at) => new(DateTime.SpecifyKind(at, DateTimeKind.Unspecified), TimeSpan.Zero);
}
