using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Sql;

/// <summary>
/// The rows that a delta writes for its accounts: one each, with the newest day and the newest leaderboard slice that it changes. The store
/// keeps the later of the written and the standing one with the account and puts the earlier one into its table. What the delta changes before
/// its newest goes into the table afterwards, for it may be what stood with the account until then.
/// </summary>
internal sealed class AccountRows
{
    private readonly AccountRow[] _rows;
    private readonly List<DayUsage> _earlierDays = [];
    private readonly List<LeaderboardChange> _earlierSlices = [];

    /// <param name="delta">What was decided. It is entries that move counters and sums, so their accounts are in it too.</param>
    public AccountRows(LedgerDelta delta)
    {
        _rows = [.. delta.Accounts.Select(account => new AccountRow(account, delta.LastActivity.TryGetValue(account.UserId, out var at) ? at : null))];
        var ofUser = _rows.ToDictionary(row => row.Account.UserId, StringComparer.Ordinal);
        foreach (var usage in delta.Usage)
        {
            var row = ofUser[usage.UserId];
            if (row.Usage is { } known)
            {
                _earlierDays.Add(known.Day < usage.Day ? known : usage);
            }

            row.Usage = row.Usage is { } newer && newer.Day > usage.Day ? newer : usage;
        }

        foreach (var change in delta.Leaderboard)
        {
            var row = ofUser[change.UserId];
            if (row.Slice is { } known)
            {
                _earlierSlices.Add(known.Slice < change.Slice ? known : change);
            }

            row.Slice = row.Slice is { } newer && newer.Slice > change.Slice ? newer : change;
        }
    }

    /// <summary>A row each account, in the delta's order.</summary>
    public IReadOnlyList<AccountRow> Rows => _rows;

    /// <summary>Counters of days before the newest one, as they are after the delta.</summary>
    public IReadOnlyList<DayUsage> EarlierDays => _earlierDays;

    /// <summary>Additions to slices before the newest one.</summary>
    public IReadOnlyList<LeaderboardChange> EarlierSlices => _earlierSlices;
}

/// <summary>What is written in one row.</summary>
/// <param name="account">The account as it is after the delta.</param>
/// <param name="lastActivity">The latest activity (UTC), or null where the delta has none.</param>
internal sealed class AccountRow(Account account, DateTimeOffset? lastActivity)
{
    public Account Account { get; } = account;

    public DateTimeOffset? LastActivity { get; } = lastActivity;

    /// <summary>The counters of the newest day, as they are after the delta; null where it counts none.</summary>
    public DayUsage? Usage { get; set; }

    /// <summary>The addition to the newest slice; null where there is none.</summary>
    public LeaderboardChange? Slice { get; set; }
}
