using GavatDashboard.Domain.Analysis;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Features.Security;
using GavatDashboard.Shared.States;
using Microsoft.AspNetCore.Components;

namespace GavatDashboard.Features.Users;

/// <summary>What the analyzer says of a user, made from the ledger as it stands, with the rules that decided, their evidence, and what would change it.</summary>
public sealed partial class ProfilePanel : LoadPanel<ProfileView>
{
    private const int Changes = 50;
    private readonly GatedAction _review = new();

    /// <summary>Whose.</summary>
    [Parameter, EditorRequired]
    public string UserId { get; set; } = "";

    [Inject]
    private AnalyzerService Analyzer { get; set; } = null!;

    [Inject]
    private SegmentService Segments { get; set; } = null!;

    [Inject]
    private FlagReview Review { get; set; } = null!;

    [Inject]
    private IAdminGate Gate { get; set; } = null!;

    /// <inheritdoc />
    protected override object Subject => UserId;

    /// <inheritdoc />
    protected override void Reset() => _review.Problem = null;

    /// <inheritdoc />
    protected override async Task<ProfileView?> ReadAsync(CancellationToken cancellationToken)
    {
        var userId = UserId;
        return await Analyzer.ExplainAsync(userId, cancellationToken) is var (profile, others)
            ? new(profile, others, await Segments.ListChangesAsync(userId, Changes, cancellationToken))
            : null;
    }

    private Task DismissAsync((Flag Flag, string Reason) asked) =>
        ReviewAsync(actor => Review.DismissAsync(UserId, asked.Flag.Rule, asked.Reason, actor, Lifetime));

    private Task RestoreAsync(Flag flag) => ReviewAsync(actor => Review.RestoreAsync(UserId, flag.Rule, actor, Lifetime));

    private Task ReviewAsync(Func<string, Task<UserProfile?>> review) => _review.RunAsync(
        Gate, Policies.Support, T,
        async actor =>
        {
            _review.Problem = await review(actor) is null ? T["Profile.FlagGone"].Value : null;
            await LoadAsync();
        },
        Lifetime);
}

/// <summary>All that the panel shows.</summary>
/// <param name="Profile">The profile.</param>
/// <param name="Others">What keeps the user from the other segments.</param>
/// <param name="Changes">What changed so far, the newest first.</param>
public sealed record ProfileView(UserProfile Profile, IReadOnlyList<NearMiss> Others, IReadOnlyList<ProfileChange> Changes);
