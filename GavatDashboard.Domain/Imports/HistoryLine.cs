using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Domain.Imports;

/// <summary>What one line of a history file means for the ledger.</summary>
public abstract record HistoryLine
{
    private HistoryLine(long number) => Number = number;

    /// <summary>The line's number in the file, from 1; blank lines and the header are counted.</summary>
    public long Number { get; }

    /// <summary>The line names the columns, or is blank.</summary>
    /// <param name="Number">The line's number, from 1.</param>
    /// <param name="IsBlank">Whether it is blank; else it is the header.</param>
    public sealed record Skipped(long Number, bool IsBlank) : HistoryLine(Number);

    /// <summary>The line posts nothing.</summary>
    /// <param name="Number">The line's number, from 1.</param>
    /// <param name="Reason">What is wrong with it, for a person.</param>
    /// <param name="User">The user whom the line shows to exist all the same, or null.</param>
    public sealed record Rejected(long Number, string Reason, HistoryUser? User = null) : HistoryLine(Number);

    /// <summary>The line posts one or more entries, in this order.</summary>
    /// <param name="Number">The line's number, from 1.</param>
    /// <param name="User">Whose account; created where it is missing.</param>
    /// <param name="Source">What kind of file it is, the first part of the idempotency key.</param>
    /// <param name="Identity">What makes the line itself: lines of one file with the same identity are told apart by their order alone.</param>
    /// <param name="At">When it took effect (UTC).</param>
    /// <param name="Postings">What to post.</param>
    public sealed record Accepted(
        long Number, HistoryUser User, string Source, string Identity, DateTimeOffset At, IReadOnlyList<HistoryPosting> Postings) : HistoryLine(Number);
}

/// <summary>A user whom a history file names.</summary>
/// <param name="Id">The id.</param>
/// <param name="Username">The name to give the user where it is created.</param>
/// <param name="FirstSeenAt">The time of the line (UTC): the registration of a user who is created by it.</param>
public sealed record HistoryUser(string Id, string Username, DateTimeOffset FirstSeenAt);

/// <summary>An entry that a line of a history file asks for.</summary>
/// <param name="Suffix">The last part of the idempotency key; differs between the postings of one line.</param>
/// <param name="Type">The kind of entry.</param>
/// <param name="Amount">Coins to move, a positive number.</param>
/// <param name="Description">Words for a person, or null.</param>
public sealed record HistoryPosting(string Suffix, EntryType Type, CoinAmount Amount, string? Description = null);
