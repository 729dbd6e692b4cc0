using System.Text.Json.Serialization;

namespace GavatDashboard.Domain.Analysis;

/// <summary>What the analyzer says of a user, and why.</summary>
public sealed record UserProfile
{
    /// <summary>Who.</summary>
    public required string UserId { get; init; }

    /// <summary>What kind of customer the user is.</summary>
    public required Segment Segment { get; init; }

    /// <summary>How much the behaviour looks like abuse.</summary>
    public required RiskLevel RiskLevel { get; init; }

    /// <summary>The user's worth to the community, 0 to 100: recency, frequency and money, less the risk.</summary>
    public required int Score { get; init; }

    /// <summary>How lively the user is these days, 0 to 100.</summary>
    public required int Engagement { get; init; }

    /// <summary>The rule that decided the segment, and its evidence.</summary>
    public required Decision DecidedBy { get; init; }

    /// <summary>The points of the red flags together; the risk level follows from them.</summary>
    public required int RiskPoints { get; init; }

    /// <summary>Recency, frequency and monetary value.</summary>
    public required RfmValues Rfm { get; init; }

    /// <summary>The place among all others; null where the user was never seen or nothing is known of the others yet.</summary>
    public RfmScores? Scores { get; init; }

    /// <summary>What is to be expected; null where the user never bought or too little is known of others.</summary>
    public Outlook? Outlook { get; init; }

    /// <summary>When and for what the user spends.</summary>
    public required SpendingPattern Spending { get; init; }

    /// <summary>What the user earned in the last 90 days, by type, the most coins first.</summary>
    public IReadOnlyList<TypeTotals> Earning { get; init; } = [];

    /// <summary>Users with whom this one has to do most.</summary>
    public IReadOnlyList<RelatedUser> Related { get; init; } = [];

    /// <summary>What speaks against the user; dismissed flags too, which count nothing.</summary>
    public required IReadOnlyList<Flag> RedFlags { get; init; }

    /// <summary>What speaks for the user.</summary>
    public required IReadOnlyList<Flag> GreenFlags { get; init; }

    /// <summary>What whoever reads the profile should know.</summary>
    public required IReadOnlyList<Note> Notes { get; init; }

    /// <summary>When it was analysed (UTC).</summary>
    public required DateTimeOffset AnalysedAt { get; init; }

    /// <summary>The rules that decided.</summary>
    public required string RuleSetVersion { get; init; }

    /// <summary>What was known of everybody, or null.</summary>
    public Guid? FitId { get; init; }

    /// <summary>The version of the account that was looked at.</summary>
    public long AccountVersion { get; init; }
}

/// <summary>Why a segment was given.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Wording">What the rule means in the words of whoever wrote it; null for a rule that comes with the program, for which pages have words in every language.</param>
/// <param name="Findings">What was found in the user's history, one a condition.</param>
public sealed record Decision(string Rule, string? Wording, IReadOnlyList<Finding> Findings)
{
    /// <summary>What the rule means, in English where it comes with the program.</summary>
    [JsonIgnore]
    public string Explanation => Wording ?? RuleSet.WordsOf(Rule) ?? Rule;

    /// <summary>The findings in English words.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Evidence => [.. Findings.Select(finding => finding.Words)];
}

/// <summary>Something that stands out.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Points">What it adds to the risk; 0 for a green flag.</param>
/// <param name="Severity">The risk that it would be by itself.</param>
/// <param name="Wording">What it means in the words of whoever wrote the rule; null for a rule that comes with the program.</param>
/// <param name="Findings">What was found, one a condition.</param>
/// <param name="EvidenceHash">Stands for the evidence: it stays the same while nothing new was found, also as time passes.</param>
public sealed record Flag(string Rule, int Points, RiskLevel Severity, string? Wording, IReadOnlyList<Finding> Findings, string EvidenceHash)
{
    /// <summary>What it means, in English where the rule comes with the program.</summary>
    [JsonIgnore]
    public string Explanation => Wording ?? RuleSet.WordsOf(Rule) ?? Rule;

    /// <summary>Who found it harmless and why, or null. A dismissed flag counts no points.</summary>
    public FlagDismissal? Dismissal { get; init; }

    /// <summary>The findings in English words.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Evidence => [.. Findings.Select(finding => finding.Words)];
}

/// <summary>Another user who has to do with a user.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Kind">How.</param>
/// <param name="Entries">Entries that name both, of the window.</param>
/// <param name="Coins">Coins that these moved, without their sign.</param>
public sealed record RelatedUser(string UserId, RelationKind Kind, int Entries, long Coins);

/// <summary>How two users have to do with each other.</summary>
public enum RelationKind
{
    /// <summary>The other one was referred by this user.</summary>
    Referred,

    /// <summary>The other one referred this user.</summary>
    ReferredBy,

    /// <summary>This user's entries name the other one.</summary>
    Counterparty,

    /// <summary>Both use the same device.</summary>
    SharedDevice,
}

/// <summary>Recency, frequency and monetary value.</summary>
/// <param name="RecencyDays">Whole days since the user was last seen; null where never.</param>
/// <param name="LastSeenAt">When that was (UTC).</param>
/// <param name="Frequency">Days with any activity in the last 90 days.</param>
/// <param name="Monetary">Coins spent in the last 90 days.</param>
public sealed record RfmValues(long? RecencyDays, DateTimeOffset? LastSeenAt, long Frequency, long Monetary);

/// <summary>When and for what a user spends, over the last 90 days.</summary>
/// <param name="ByWeekday">Coins by UTC weekday, Monday first; 7 values.</param>
/// <param name="ByHour">Coins by UTC hour; 24 values. Entries that have a date alone are left out.</param>
/// <param name="ByType">Entries and coins by type, the largest first.</param>
/// <param name="MeanCoins">Coins a spending, to one place; null where there was none.</param>
/// <param name="Trend">How the last 30 days compare with the 30 before.</param>
public sealed record SpendingPattern(
    IReadOnlyList<long> ByWeekday, IReadOnlyList<long> ByHour, IReadOnlyList<TypeTotals> ByType, decimal? MeanCoins, SpendingTrend Trend);

/// <summary>What was spent on a type.</summary>
/// <param name="Type">The entry type's code.</param>
/// <param name="Entries">How many.</param>
/// <param name="Coins">Coins, a positive number.</param>
public sealed record TypeTotals(string Type, long Entries, long Coins);

/// <summary>How spending moves.</summary>
/// <param name="Direction">Which way.</param>
/// <param name="Percent">The change in whole per cent; null where nothing was spent before.</param>
/// <param name="Recent">Coins spent in the last 30 days.</param>
/// <param name="Before">Coins spent in the 30 days before.</param>
public sealed record SpendingTrend(TrendDirection Direction, long? Percent, long Recent, long Before);

/// <summary>Which way spending moves.</summary>
public enum TrendDirection
{
    /// <summary>Nothing was spent in either month.</summary>
    None,

    /// <summary>Within ten per cent.</summary>
    Steady,

    /// <summary>More than before.</summary>
    Rising,

    /// <summary>Less than before.</summary>
    Falling,
}
