using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Features.Security;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Users;

/// <summary>What the analyzer says of a user, made from the ledger as it stands, with the rules that decided, their evidence, and what would change it.</summary>
public sealed partial class ProfilePanel : IDisposable
{
    private const int Changes = 50;
    private readonly CancellationTokenSource _lifetime = new();
    private readonly Load<ProfileView> _view = new();
    private (string UserId, int Version)? _loaded;
    private string? _problem;
    private bool _isBusy;

    /// <summary>Whose.</summary>
    [Parameter, EditorRequired]
    public string UserId { get; set; } = "";

    /// <summary>Goes up when the account has changed.</summary>
    [Parameter]
    public int Version { get; set; }

    [Inject]
    private AnalyzerService Analyzer { get; set; } = null!;

    [Inject]
    private SegmentService Segments { get; set; } = null!;

    [Inject]
    private FlagReview Review { get; set; } = null!;

    [Inject]
    private IAdminGate Gate { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    /// <inheritdoc />
    public void Dispose()
    {
        _lifetime.Cancel();
        _view.Dispose();
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
            _problem = null;
            _view.Clear();
        }

        _loaded = (UserId, Version);
        await RefreshAsync();
    }

    private async Task RefreshAsync()
    {
        var userId = UserId;
        await _view.RunAsync(
            async token => await Analyzer.ExplainAsync(userId, token) is var (profile, others)
                ? new ProfileView(profile, others, await Segments.ListChangesAsync(userId, Changes, token))
                : null,
            _lifetime.Token);
    }

    private Task DismissAsync((Flag Flag, string Reason) asked) =>
        ReviewAsync(actor => Review.DismissAsync(UserId, asked.Flag.Rule, asked.Reason, actor, _lifetime.Token));

    private Task RestoreAsync(Flag flag) => ReviewAsync(actor => Review.RestoreAsync(UserId, flag.Rule, actor, _lifetime.Token));

    private async Task ReviewAsync(Func<string, Task<UserProfile?>> review)
    {
        if (_isBusy)
        {
            return;
        }

        (_isBusy, _problem) = (true, null);
        try
        {
            if (await Gate.FindActorAsync(Policies.Support, _lifetime.Token) is not { } actor)
            {
                _problem = T["Admin.NotAllowed"];
                return;
            }

            if (await review(actor) is null)
            {
                _problem = T["Profile.FlagGone"];
            }

            await RefreshAsync();
        }
        catch (StoreUnavailableException outage)
        {
            _problem = LoadErrors.Describe(outage, T);
        }
        finally
        {
            _isBusy = false;
        }
    }

    /// <summary>All that the panel shows.</summary>
    private sealed record ProfileView(UserProfile Profile, IReadOnlyList<NearMiss> Others, IReadOnlyList<ProfileChange> Changes);
}
