using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Stores.Postgres;

/// <summary>
/// Parts the rows that a batch changes into those that it can change while the batch before it is on its way, and those that have to be
/// held: that one changes them too, and whoever touched them now would wait for it, or make it wait.
/// </summary>
internal static class HeldRows
{
    /// <summary>The rows of accounts in two deltas; all other rows of a batch are new, and are in neither.</summary>
    public static (LedgerDelta Free, LedgerDelta Held) Part(LedgerDelta delta, LedgerDelta ahead)
    {
        var touched = UsersOf(ahead);
        return UsersOf(delta).Overlaps(touched)
            ? (Choose(delta, user => !touched.Contains(user)), Choose(delta, touched.Contains))
            : (delta, LedgerDelta.Nothing(delta.Before, delta.At));
    }

    /// <summary>
    /// Whether a key of the batch is one of the batch before it, under another kind of answer. Of its own kind the unique index tells, for
    /// that waits until the batch before it is committed; this question no index asks.
    /// </summary>
    public static bool SharesKeys(UnseenKeys keys, LedgerDelta ahead) =>
        (ahead.Answers.Count > 0 && keys.OfEntries.Intersect(ahead.Answers.Select(answer => answer.IdempotencyKey), StringComparer.Ordinal).Any())
        || (keys.OfOthers.Count > 0 && keys.OfOthers.Intersect(ahead.Entries.Select(entry => entry.IdempotencyKey), StringComparer.Ordinal).Any());

    /// <summary>It is entries that move counters and sums, so their accounts are among the accounts.</summary>
    private static HashSet<string> UsersOf(LedgerDelta delta)
    {
        var users = new HashSet<string>(delta.Accounts.Count, StringComparer.Ordinal);
        foreach (var account in delta.Accounts)
        {
            users.Add(account.UserId);
        }

        foreach (var item in delta.Activities)
        {
            users.Add(item.UserId);
        }

        return users;
    }

    private static LedgerDelta Choose(LedgerDelta delta, Func<string, bool> isChosen) => LedgerDelta.Nothing(delta.Before, delta.At) with
    {
        Accounts = [.. delta.Accounts.Where(account => isChosen(account.UserId))],
        Usage = [.. delta.Usage.Where(row => isChosen(row.UserId))],
        Leaderboard = [.. delta.Leaderboard.Where(row => isChosen(row.UserId))],
        Activities = [.. delta.Activities.Where(item => isChosen(item.UserId))],
        LastActivity = delta.LastActivity,
    };
}
