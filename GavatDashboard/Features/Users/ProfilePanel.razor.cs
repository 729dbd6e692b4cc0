using GavatDashboard.Domain.Analysis;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Users;

/// <summary>What the analyzer says of a user, made from the ledger as it stands, with the rules that decided and their evidence.</summary>
public sealed partial class ProfilePanel : IDisposable
{
    private readonly CancellationTokenSource _lifetime = new();
    private readonly Load<UserProfile> _profile = new();
    private (string UserId, int Version)? _loaded;

    /// <summary>Whose.</summary>
    [Parameter, EditorRequired]
    public string UserId { get; set; } = "";

    /// <summary>Goes up when the account has changed.</summary>
    [Parameter]
    public int Version { get; set; }

    [Inject]
    private AnalyzerService Analyzer { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    /// <inheritdoc />
    public void Dispose()
    {
        _lifetime.Cancel();
        _profile.Dispose();
        _lifetime.Dispose();
    }

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        if (_loaded == (UserId, Version))
        {
            return;
        }

        if (_loaded?.UserId != UserId)
        {
            _profile.Clear();
        }

        _loaded = (UserId, Version);
        await RefreshAsync();
    }

    private async Task RefreshAsync() => await _profile.RunAsync(token => Analyzer.AnalyzeAsync(UserId, token), _lifetime.Token);
}
