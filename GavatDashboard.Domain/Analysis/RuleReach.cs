namespace GavatDashboard.Domain.Analysis;

/// <summary>
/// For which values of the facts a rule holds: a range a fact. It finds rules that can never hold, and rules that an earlier one leaves
/// nothing to decide. What several earlier rules take together, or what one fact says of another, it does not see.
/// </summary>
internal sealed class RuleReach
{
    private readonly Dictionary<Fact, (long Least, long Most)> _ranges = [];

    /// <summary>Takes a rule's conditions.</summary>
    /// <param name="when">The conditions.</param>
    /// <param name="mostRiskPoints">What all red flags make up together.</param>
    public RuleReach(IReadOnlyList<RuleCondition> when, long mostRiskPoints)
    {
        foreach (var condition in when)
        {
            var fact = condition.Fact;
            var (least, most) = _ranges.TryGetValue(fact, out var range)
                ? range
                : (fact.Least, fact.Name == FactNames.RiskPoints ? mostRiskPoints : fact.Most);
            _ranges[fact] = condition.IsAtLeast ? (Math.Max(least, condition.Threshold), most) : (least, Math.Min(most, condition.Threshold));
        }
    }

    /// <summary>A fact that no value can satisfy, or null where the rule may hold.</summary>
    public Fact? Impossible => _ranges.Where(range => range.Value.Least > range.Value.Most).Select(range => range.Key).FirstOrDefault();

    /// <summary>Whether it holds wherever another one holds, which is then never asked after it.</summary>
    public bool Covers(RuleReach later) => _ranges.All(range =>
        later._ranges.TryGetValue(range.Key, out var other) && other.Least >= range.Value.Least && other.Most <= range.Value.Most);
}
