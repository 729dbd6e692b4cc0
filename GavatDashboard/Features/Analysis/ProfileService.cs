using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Analysis;

namespace GavatDashboard.Features.Analysis;

/// <summary>A user's profile for whoever asks: from the cache or the store where it is not old, and fresh on request.</summary>
internal sealed class ProfileService(AnalyzerService analyzer, IProfileStore profiles, IProfileCache cache, ILedgerStores stores, CoinReader accounts, TimeProvider time)
{
    /// <summary>The cache's key of a user's profile.</summary>
    public static string KeyOf(string userId) => $"profile:{userId}";

    /// <summary>A user's profile.</summary>
    /// <param name="userId">Whose.</param>
    /// <param name="refresh">Whether it shall be made anew from the ledger as it stands.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The profile with where it was read, or null where there is no such user.</returns>
    /// <exception cref="StoreUnavailableException">No store could be reached.</exception>
    public async Task<Reading<UserProfile>?> FindAsync(string userId, bool refresh, CancellationToken cancellationToken)
    {
        if (!refresh && await FindKeptAsync(userId, cancellationToken) is { } kept && await KnowsAllEntriesAsync(kept.Value, cancellationToken))
        {
            return kept;
        }

        var made = SystemAccounts.IsReserved(userId) ? [] : (await analyzer.AnalyzeAndKeepAsync([userId], cancellationToken)).Profiles;
        if (made is not [var profile])
        {
            return null;
        }

        await cache.SetAsync(KeyOf(userId), new CachedProfile(AnalysisJson.Write(profile)), IProfileCache.ProfileLifetime, cancellationToken);
        return new(profile, profile.AnalysedAt, stores.Current.Kind);
    }

    private async Task<Reading<UserProfile>?> FindKeptAsync(string userId, CancellationToken cancellationToken)
    {
        if (await cache.FindAsync<CachedProfile>(KeyOf(userId), cancellationToken) is { } cached && AnalysisJson.ReadProfile(cached.Json) is { } held && IsFresh(held))
        {
            return new(held, held.AnalysedAt, StoreKind.Redis);
        }

        if (await profiles.FindAsync(userId, cancellationToken) is not { } kept || !IsFresh(kept))
        {
            return null;
        }

        await cache.SetAsync(KeyOf(userId), new CachedProfile(AnalysisJson.Write(kept)), IProfileCache.ProfileLifetime, cancellationToken);
        return new(kept, kept.AnalysedAt, stores.Current.Kind);
    }

    /// <summary>Whether no entry came after it, whatever the cache held on to; the account is mostly in the cache too.</summary>
    private async Task<bool> KnowsAllEntriesAsync(UserProfile profile, CancellationToken cancellationToken) =>
        await accounts.FindAccountAsync(profile.UserId, cancellationToken) is { } account && account.Value.Version <= profile.AccountVersion;

    private bool IsFresh(UserProfile profile) =>
        profile.RuleSetVersion == analyzer.RuleSetVersion && profile.AnalysedAt > time.GetUtcNow() - IProfileCache.ProfileLifetime;

    /// <summary>A profile in the cache, written as in the stores.</summary>
    /// <param name="Json">The profile.</param>
    private sealed record CachedProfile(string Json);
}
