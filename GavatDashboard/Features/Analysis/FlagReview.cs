using GavatDashboard.Domain.Analysis;
using GavatDashboard.Features.Audit;

namespace GavatDashboard.Features.Analysis;

/// <summary>Lets an analyst dismiss a flag with a reason, or take that back. Each is audited, and the user is analysed again at once.</summary>
internal sealed class FlagReview(ProfileService profiles, IAnalysisRecords records, IAuditLog audit, TimeProvider time)
{
    /// <summary>The longest reason, in characters.</summary>
    public const int MaxReasonLength = 500;

    /// <summary>Dismisses a flag: it counts nothing until its evidence changes.</summary>
    /// <returns>The profile without it, or null where the user has no such flag.</returns>
    /// <exception cref="Domain.Coins.StoreUnavailableException">The store cannot be reached.</exception>
    public async Task<UserProfile?> DismissAsync(string userId, string rule, string reason, string actor, CancellationToken cancellationToken)
    {
        var before = await profiles.FindAsync(userId, refresh: true, cancellationToken);
        if (before?.Value.RedFlags.FirstOrDefault(flag => flag.Rule == rule) is not { } flag)
        {
            return null;
        }

        await audit.AppendAsync(actor, "flag.dismissed", $"user:{userId}", reason, $$"""{"rule":"{{rule}}","evidence":"{{flag.EvidenceHash}}"}""", cancellationToken);
        await records.PutDismissalAsync(new(userId, rule, flag.EvidenceHash, reason, actor, time.GetUtcNow()), cancellationToken);
        return (await profiles.FindAsync(userId, refresh: true, cancellationToken))?.Value;
    }

    /// <summary>Takes a dismissal back.</summary>
    /// <returns>The profile with the flag, or null where nothing was dismissed.</returns>
    /// <exception cref="Domain.Coins.StoreUnavailableException">The store cannot be reached.</exception>
    public async Task<UserProfile?> RestoreAsync(string userId, string rule, string actor, CancellationToken cancellationToken)
    {
        if (!await records.RemoveDismissalAsync(userId, rule, cancellationToken))
        {
            return null;
        }

        await audit.AppendAsync(actor, "flag.restored", $"user:{userId}", null, null, cancellationToken);
        return (await profiles.FindAsync(userId, refresh: true, cancellationToken))?.Value;
    }
}
