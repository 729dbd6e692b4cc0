using System.Globalization;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Economy;

/// <summary>A policy as it is being typed: texts, until they are read.</summary>
public sealed class PolicyDraft
{
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);

    /// <summary>A draft that changes nothing yet.</summary>
    /// <param name="policy">The policy that it begins with.</param>
    public PolicyDraft(LedgerPolicy policy)
    {
        Base = policy;
        foreach (var field in PolicyFields.All)
        {
            _texts[field] = TextOf(policy, field);
        }
    }

    /// <summary>The policy that it began with.</summary>
    public LedgerPolicy Base { get; }

    /// <summary>What stands in a field. A space before or after it is no matter.</summary>
    public string this[string field]
    {
        get => _texts[field];
        set => _texts[field] = value.Trim();
    }

    /// <summary>Whether anything was typed that the policy does not say already.</summary>
    public bool IsChanged => PolicyFields.All.Any(IsTyped);

    /// <summary>What was typed, put upon a policy that somebody else has published meanwhile.</summary>
    public PolicyDraft OnTopOf(LedgerPolicy newer)
    {
        var draft = new PolicyDraft(newer);
        foreach (var field in PolicyFields.All.Where(IsTyped))
        {
            draft[field] = this[field];
        }

        return draft;
    }

    /// <summary>Reads the policy that shall follow the one it began with.</summary>
    /// <param name="problems">What is wrong, by field; empty where nothing is.</param>
    /// <returns>The policy, or null where something is wrong.</returns>
    public LedgerPolicy? Read(out IReadOnlyDictionary<string, FieldProblem> problems)
    {
        var (found, numbers) = (new Dictionary<string, FieldProblem>(StringComparer.Ordinal), new Dictionary<string, long>(StringComparer.Ordinal));
        foreach (var field in PolicyFields.All)
        {
            var (least, most) = PolicyFields.RangeOf(field);
            if (!long.TryParse(_texts[field], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            {
                found[field] = new("Policy.NotWhole");
            }
            else if (number < least || number > most)
            {
                found[field] = new("Policy.OutOfRange", least, most);
            }
            else
            {
                numbers[field] = number;
            }
        }

        foreach (var (lower, upper) in PolicyFields.Tiers.Zip(PolicyFields.Tiers.Skip(1)))
        {
            if (numbers.TryGetValue(lower, out var below) && numbers.TryGetValue(upper, out var above) && above <= below)
            {
                found[upper] = new("Policy.MustExceed", below);
            }
        }

        problems = found;
        return found.Count == 0 ? PolicyFields.With(Base, numbers) with { Version = Base.Version + 1 } : null;
    }

    private bool IsTyped(string field) => _texts[field] != TextOf(Base, field);

    private static string TextOf(LedgerPolicy policy, string field) => PolicyFields.ValueOf(policy, field)?.ToString(CultureInfo.InvariantCulture) ?? string.Empty;
}

/// <summary>What is wrong with a field.</summary>
/// <param name="Text">The key of the words.</param>
/// <param name="Numbers">Numbers that belong into them.</param>
public sealed record FieldProblem(string Text, params long[] Numbers);
