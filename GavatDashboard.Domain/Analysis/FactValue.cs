namespace GavatDashboard.Domain.Analysis;

/// <summary>A fact of one user, and where it was found.</summary>
/// <param name="Number">Its value, in the unit of the fact.</param>
internal sealed record FactValue(long Number)
{
    /// <summary>The most ids of entries, and of users, that are kept as evidence.</summary>
    public const int MostNamed = 20;

    /// <summary>Entries in which it was found, the newest first.</summary>
    public IReadOnlyList<Guid> EntryIds { get; init; } = [];

    /// <summary>Other users who have to do with it.</summary>
    public IReadOnlyList<string> Users { get; init; } = [];

    /// <summary>When the first of it was (UTC).</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>When the last of it was (UTC).</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Rules that it sums up.</summary>
    public IReadOnlyList<string> Rules { get; init; } = [];

    /// <summary>
    /// What makes the evidence new: the newest of what it was found in, or the users that are named, or the number itself. A window that
    /// merely moves on leaves it as it is.
    /// </summary>
    public string Mark => Users.Count > 0 ? string.Join(',', Users.Order(StringComparer.Ordinal))
        : EntryIds.Count > 0 ? EntryIds[0].ToString("N")
        : To is { } to ? to.UtcTicks.ToString(System.Globalization.CultureInfo.InvariantCulture)
        : Number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A fact that was found in entries.</summary>
    public static FactValue In(IReadOnlyList<HistoryEntry> entries) => Counted(entries.Count, entries);

    /// <summary>A number that was found in entries.</summary>
    public static FactValue Counted(long number, IReadOnlyList<HistoryEntry> entries)
    {
        var newest = entries.OrderByDescending(entry => entry.EffectiveAt).ThenByDescending(entry => entry.Sequence).ToList();
        return new(number)
        {
            EntryIds = [.. newest.Take(MostNamed).Select(entry => entry.Id)],
            From = newest.Count > 0 ? newest[^1].EffectiveAt : null,
            To = newest.Count > 0 ? newest[0].EffectiveAt : null,
        };
    }

    /// <summary>A number of users.</summary>
    public static FactValue OfUsers(IReadOnlyCollection<string> users) => new(users.Count) { Users = [.. users.Order(StringComparer.Ordinal).Take(MostNamed)] };
}
