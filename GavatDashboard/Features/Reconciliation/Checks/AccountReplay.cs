using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Reconciliation.Checks;

/// <summary>What a user's entries come to: the sums that the ledger keeps beside them. The order of the entries does not matter.</summary>
internal sealed class AccountReplay
{
    private readonly Dictionary<Guid, EntryType> _types;
    private readonly IReadOnlyList<Entry> _entries;

    /// <summary>Adds up.</summary>
    /// <param name="entries">All entries of one user.</param>
    /// <param name="month">The first day of the month to sum.</param>
    /// <param name="week">The first day of the week to sum.</param>
    public AccountReplay(IReadOnlyList<Entry> entries, DateOnly month, DateOnly week)
    {
        _entries = entries;
        _types = entries.ToDictionary(entry => entry.Id, entry => entry.Type);
        foreach (var entry in entries)
        {
            // A reversal moves the totals of the type that it undoes.
            var type = entry.ReversalOf is { } original && _types.TryGetValue(original, out var undone) ? undone : entry.Type;
            var (earned, spent) = type.Direction == EntryDirection.Earn ? (entry.Amount.Value, 0L) : (0L, -entry.Amount.Value);
            Balance += entry.Amount.Value;
            Earned += earned;
            Spent += spent;
            Granted += type.IsGranted ? earned : 0;
            Month = Add(Month, LeaderboardPeriod.Month.StartOf(entry.EffectiveAt) == month, earned, spent);
            Week = Add(Week, LeaderboardPeriod.Week.StartOf(entry.EffectiveAt) == week, earned, spent);
            Count(entry);
        }
    }

    public long Balance { get; }

    public long Earned { get; }

    public long Spent { get; }

    public long Granted { get; }

    /// <summary>Earned and spent in the month.</summary>
    public (long Earned, long Spent) Month { get; }

    /// <summary>Earned and spent in the week.</summary>
    public (long Earned, long Spent) Week { get; }

    /// <summary>What counts towards the daily limits, by day.</summary>
    public Dictionary<DateOnly, (long Earned, long Spent, int Messages)> Usage { get; } = [];

    /// <summary>The first entry whose own balance is not the sum up to it, or null where all fit.</summary>
    public Finding? FirstWrong()
    {
        var sum = 0L;
        foreach (var entry in _entries.OrderBy(entry => entry.Sequence))
        {
            sum += entry.Amount.Value;
            if (sum != entry.BalanceAfter.Value)
            {
                return Finding.Of("entry-balance", entry.Id, entry.Sequence, entry.UserId, entry.BalanceAfter, sum);
            }
        }

        return null;
    }

    /// <summary>The last entry, or null where there is none.</summary>
    public Entry? Last => _entries.MaxBy(entry => entry.Sequence);

    private static (long, long) Add((long Earned, long Spent) sum, bool belongs, long earned, long spent) =>
        belongs ? (sum.Earned + earned, sum.Spent + spent) : sum;

    /// <summary>Imports keep their dates and are outside the limits; what took effect as it was written is within them unless its type is not.</summary>
    private void Count(Entry entry)
    {
        if (entry.Type.OutsideLimits || entry.Type == EntryType.Reversal || entry.EffectiveAt != entry.RecordedAt)
        {
            return;
        }

        var day = DateOnly.FromDateTime(entry.RecordedAt.UtcDateTime);
        var used = Usage.GetValueOrDefault(day);
        Usage[day] = entry.Type.Direction == EntryDirection.Earn
            ? (used.Earned + entry.Amount.Value, used.Spent, used.Messages + (entry.Type.IsMessage ? 1 : 0))
            : (used.Earned, used.Spent - entry.Amount.Value, used.Messages + (entry.Type.IsMessage ? 1 : 0));
    }
}
