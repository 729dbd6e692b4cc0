namespace GavatDashboard.Domain.Coins;

/// <summary>What a decided batch changes, grouped so that each row is written once. Every store writes the same.</summary>
public sealed record LedgerDelta
{
    /// <summary>The head on which the batch was decided; a store whose head differs must not write it.</summary>
    public required LedgerHead Before { get; init; }

    /// <summary>The head after it.</summary>
    public required LedgerHead After { get; init; }

    /// <summary>When it was decided (UTC, whole microseconds).</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>New entries, in sequence.</summary>
    public required IReadOnlyList<Entry> Entries { get; init; }

    /// <summary>New users.</summary>
    public required IReadOnlyList<User> NewUsers { get; init; }

    /// <summary>Accounts as they are after the batch; those of new users included.</summary>
    public required IReadOnlyList<Account> Accounts { get; init; }

    /// <summary>Usage rows as they are after the batch.</summary>
    public required IReadOnlyList<DayUsage> Usage { get; init; }

    /// <summary>What to add to the sums that the leaderboards of months and weeks are made of.</summary>
    public required IReadOnlyList<LeaderboardChange> Leaderboard { get; init; }

    /// <summary>Answers to keep under their keys.</summary>
    public required IReadOnlyList<KeptAnswer> Answers { get; init; }

    /// <summary>Activity to note.</summary>
    public required IReadOnlyList<ActivityEvent> Activities { get; init; }

    /// <summary>The latest activity (entry or event) by user id (UTC).</summary>
    public required IReadOnlyDictionary<string, DateTimeOffset> LastActivity { get; init; }

    /// <summary>The new policy, or null where it stays.</summary>
    public LedgerPolicy? Policy { get; init; }

    /// <summary>What the other stores must hear of beside the entries, in sequence. An entry is its own event.</summary>
    public required IReadOnlyList<OutboxEvent> Outbox { get; init; }

    /// <summary>A delta that changes nothing.</summary>
    /// <param name="head">The head.</param>
    /// <param name="at">When (UTC).</param>
    public static LedgerDelta Nothing(LedgerHead head, DateTimeOffset at) => new()
    {
        Before = head,
        After = head,
        At = at,
        Entries = [],
        NewUsers = [],
        Accounts = [],
        Usage = [],
        Leaderboard = [],
        Answers = [],
        Activities = [],
        LastActivity = new Dictionary<string, DateTimeOffset>(),
        Outbox = [],
    };

    /// <summary>Whether there is anything that the other stores must hear of.</summary>
    public bool HasEvents => Entries.Count > 0 || Outbox.Count > 0;

    /// <summary>Whether nothing is to be written.</summary>
    public bool IsEmpty => !HasEvents && Answers.Count == 0;

    /// <summary>The users whom the events concern, each once; none for the policy.</summary>
    public IEnumerable<string> UsersConcerned() =>
        Entries.Select(entry => entry.UserId).Concat(Outbox.Select(item => item.UserId)).Where(id => id.Length > 0).Distinct(StringComparer.Ordinal);

    /// <summary>One delta that writes what several do that follow one another; a row that they all change is written once.</summary>
    /// <param name="deltas">At least one; each begins at the head where the one before it ends.</param>
    public static LedgerDelta Join(IReadOnlyList<LedgerDelta> deltas)
    {
        if (deltas.Count == 1)
        {
            return deltas[0];
        }

        var accounts = new Dictionary<string, Account>(StringComparer.Ordinal);
        var usage = new Dictionary<(string UserId, DateOnly Day), DayUsage>();
        var leaderboard = new Dictionary<(DateOnly Slice, string UserId), LeaderboardChange>();
        var lastActivity = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var delta in deltas)
        {
            foreach (var account in delta.Accounts)
            {
                accounts[account.UserId] = account;
            }

            foreach (var row in delta.Usage)
            {
                usage[(row.UserId, row.Day)] = row;
            }

            foreach (var row in delta.Leaderboard)
            {
                var key = (row.Slice, row.UserId);
                leaderboard[key] = leaderboard.TryGetValue(key, out var sum) ? sum with { Earned = sum.Earned + row.Earned, Spent = sum.Spent + row.Spent } : row;
            }

            foreach (var (user, at) in delta.LastActivity)
            {
                lastActivity[user] = lastActivity.TryGetValue(user, out var known) && known > at ? known : at;
            }
        }

        return new LedgerDelta
        {
            Before = deltas[0].Before,
            After = deltas[^1].After,
            At = deltas[^1].At,
            Entries = [.. deltas.SelectMany(delta => delta.Entries)],
            NewUsers = [.. deltas.SelectMany(delta => delta.NewUsers)],
            Accounts = [.. accounts.Values],
            Usage = [.. usage.Values],
            Leaderboard = [.. leaderboard.Values],
            Answers = [.. deltas.SelectMany(delta => delta.Answers)],
            Activities = [.. deltas.SelectMany(delta => delta.Activities)],
            LastActivity = lastActivity,
            Policy = deltas.Select(delta => delta.Policy).LastOrDefault(policy => policy is not null),
            Outbox = [.. deltas.SelectMany(delta => delta.Outbox)],
        };
    }
}

/// <summary>What happened, for whoever keeps a copy of the ledger.</summary>
/// <param name="Sequence">Place in the log.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Reference">The id of the entry or event, or the user id.</param>
/// <param name="UserId">The user concerned; empty for the policy.</param>
public sealed record OutboxEvent(long Sequence, OutboxKind Kind, string Reference, string UserId);

/// <summary>What an outbox event is about.</summary>
public enum OutboxKind
{
    /// <summary>An entry was posted.</summary>
    Entry,

    /// <summary>A user or an account changed without an entry.</summary>
    Account,

    /// <summary>Something a user did.</summary>
    Activity,

    /// <summary>The policy changed.</summary>
    Policy,
}

/// <summary>An addition to what a user earned and spent in a slice of a leaderboard.</summary>
/// <param name="Slice">The UTC day the slice starts, from <see cref="LeaderboardPeriods.SliceOf"/>.</param>
/// <param name="UserId">Whose row.</param>
/// <param name="Earned">Coins earned in addition.</param>
/// <param name="Spent">Coins spent in addition.</param>
public sealed record LeaderboardChange(DateOnly Slice, string UserId, CoinAmount Earned, CoinAmount Spent);
