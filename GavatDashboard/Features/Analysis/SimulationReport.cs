using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Analysis;

/// <summary>What a month would have been under another policy and other rules.</summary>
public sealed record SimulationReport
{
    /// <summary>From when the ledger was replayed (UTC).</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Users whose month was replayed.</summary>
    public required long Users { get; init; }

    /// <summary>The policy that was replayed.</summary>
    public required LedgerPolicy Policy { get; init; }

    /// <summary>The policy that held when it was replayed.</summary>
    public required LedgerPolicy CurrentPolicy { get; init; }

    /// <summary>The rules that held, and those that were replayed.</summary>
    public required (string Before, string After) Rules { get; init; }

    /// <summary>The month replayed under the policy that holds.</summary>
    public required SimulatedSums Before { get; init; }

    /// <summary>The month replayed under the other one.</summary>
    public required SimulatedSums After { get; init; }

    /// <summary>Refusals of which was not kept what they refused.</summary>
    public required long Unknown { get; init; }

    /// <summary>Who would be in another tier, the most first.</summary>
    public required IReadOnlyList<TierMove> Tiers { get; init; }

    /// <summary>Who would be in another segment, the most first.</summary>
    public required IReadOnlyList<SegmentMove> Segments { get; init; }

    /// <summary>Who would be at another risk, the most first.</summary>
    public required IReadOnlyList<RiskMove> Risks { get; init; }

    /// <summary>Some of those who would change.</summary>
    public required IReadOnlyList<SimulatedEffect> Examples { get; init; }
}

/// <summary>Users who would be in another tier.</summary>
/// <param name="From">The tier by the policy that holds.</param>
/// <param name="To">The tier by the other one.</param>
/// <param name="Users">How many.</param>
public sealed record TierMove(Tier From, Tier To, long Users);

/// <summary>What would change for one user.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Username">The user's name.</param>
/// <param name="TierBefore">The tier under the policy that holds.</param>
/// <param name="TierAfter">The tier under the other one.</param>
/// <param name="SegmentBefore">The segment by the rules that hold.</param>
/// <param name="SegmentAfter">The segment by the others.</param>
/// <param name="RiskBefore">The risk by the rules that hold.</param>
/// <param name="RiskAfter">The risk by the others.</param>
public sealed record SimulatedEffect(
    string UserId, string Username, Tier TierBefore, Tier TierAfter, Segment SegmentBefore, Segment SegmentAfter, RiskLevel RiskBefore, RiskLevel RiskAfter)
{
    /// <summary>Whether anything would change.</summary>
    public bool IsChange => TierBefore != TierAfter || SegmentBefore != SegmentAfter || RiskBefore != RiskAfter;
}

/// <summary>A user at the end of a month that was replayed.</summary>
/// <param name="Sums">What came of it.</param>
/// <param name="Tier">The tier.</param>
/// <param name="Profile">What the analyzer says.</param>
internal sealed record SimulatedUser(SimulatedSums Sums, Tier Tier, UserProfile Profile);

/// <summary>Adds users up to a report.</summary>
internal sealed class SimulationTally
{
    private readonly SimulatedSums _before = new();
    private readonly SimulatedSums _after = new();
    private readonly Dictionary<(Tier From, Tier To), long> _tiers = [];
    private readonly Dictionary<(Segment From, Segment To), long> _segments = [];
    private readonly Dictionary<(RiskLevel From, RiskLevel To), long> _risks = [];
    private readonly List<SimulatedEffect> _examples = [];
    private long _users;
    private long _unknown;

    /// <summary>Adds a user.</summary>
    public void Add(SimulatedMonth month)
    {
        var (user, unknown, before, after) = month;
        _users++;
        _unknown += unknown;
        _before.Add(before.Sums);
        _after.Add(after.Sums);
        Note(_tiers, before.Tier, after.Tier);
        Note(_segments, before.Profile.Segment, after.Profile.Segment);
        Note(_risks, before.Profile.RiskLevel, after.Profile.RiskLevel);
        var effect = new SimulatedEffect(
            user.Id, user.Username, before.Tier, after.Tier, before.Profile.Segment, after.Profile.Segment, before.Profile.RiskLevel, after.Profile.RiskLevel);
        if (effect.IsChange && _examples.Count < PolicySimulator.MostExamples)
        {
            _examples.Add(effect);
        }
    }

    /// <summary>All of it.</summary>
    public SimulationReport ToReport(DateTimeOffset from, LedgerPolicy current, LedgerPolicy policy, string rulesBefore, string rulesAfter) => new()
    {
        From = from,
        Users = _users,
        Policy = policy,
        CurrentPolicy = current,
        Rules = (rulesBefore, rulesAfter),
        Before = _before,
        After = _after,
        Unknown = _unknown,
        Tiers = [.. Moves(_tiers).Select(move => new TierMove(move.Key.From, move.Key.To, move.Value))],
        Segments = [.. Moves(_segments).Select(move => new SegmentMove(move.Key.From, move.Key.To, move.Value))],
        Risks = [.. Moves(_risks).Select(move => new RiskMove(move.Key.From, move.Key.To, move.Value))],
        Examples = _examples,
    };

    private static void Note<T>(Dictionary<(T From, T To), long> moves, T from, T to)
        where T : struct => moves[(from, to)] = moves.GetValueOrDefault((from, to)) + 1;

    private static IEnumerable<KeyValuePair<(T From, T To), long>> Moves<T>(Dictionary<(T From, T To), long> moves)
        where T : struct, Enum => moves.Where(move => !move.Key.From.Equals(move.Key.To)).OrderByDescending(move => move.Value);
}
