using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Domain.Analysis;

/// <summary>Reads what users did in the last weeks, for many at once, so that it can be decided again.</summary>
/// <remarks>A store that cannot be reached throws <see cref="StoreUnavailableException"/>.</remarks>
public interface IMonthSource
{
    /// <summary>Reads the months of users, all of one instant, and hands them over piece by piece, so that no more than a piece is held.</summary>
    /// <param name="userIds">1 to 1,000 ids; users who do not exist are left out.</param>
    /// <param name="from">From when on (UTC).</param>
    /// <param name="now">The instant of the analysis (UTC).</param>
    /// <param name="use">Takes a piece; the next one is read when it is done.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task ReadMonthsAsync(IReadOnlyCollection<string> userIds, DateTimeOffset from, DateTimeOffset now, Action<IReadOnlyList<UserMonth>> use, CancellationToken cancellationToken);
}

/// <summary>What a user did in the last weeks, and all that an analysis builds upon.</summary>
public sealed record UserMonth
{
    /// <summary>The most refusals that are read of a user; the oldest are left out.</summary>
    public const int MostRefusals = 1_000;

    /// <summary>What the stores know of the user now.</summary>
    public required UserHistory History { get; init; }

    /// <summary>The entries of the weeks, oldest first.</summary>
    public IReadOnlyList<Entry> Entries { get; init; } = [];

    /// <summary>The refusals of the weeks that hung on the state of the account, in any order.</summary>
    public IReadOnlyList<KeptAnswer> Refusals { get; init; } = [];

    /// <summary>Entries that <see cref="Entries"/> reverse, by id.</summary>
    public IReadOnlyDictionary<Guid, Entry> Originals { get; init; } = new Dictionary<Guid, Entry>();

    /// <summary>The day of the last purchase before the weeks, or null where there was none.</summary>
    public DateOnly? LastPurchaseBefore { get; init; }
}
