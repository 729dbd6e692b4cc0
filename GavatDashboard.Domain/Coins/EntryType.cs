using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace GavatDashboard.Domain.Coins;

/// <summary>Which way an entry moves coins, seen from the user's account.</summary>
public enum EntryDirection
{
    /// <summary>Coins come from the treasury to the user.</summary>
    Earn,

    /// <summary>Coins go from the user to the treasury.</summary>
    Spend,

    /// <summary>The opposite of the entry that it names.</summary>
    Reversal,
}

/// <summary>A kind of ledger entry: its code in the API and the stores, and the rules that hang on it.</summary>
public sealed record EntryType
{
    private static readonly EntryType[] Catalog =
    [
        new("earn_referral", EntryDirection.Earn, 20),
        new("earn_task", EntryDirection.Earn, 5),
        new("earn_message", EntryDirection.Earn, 1) { IsMessage = true },
        new("earn_group_join", EntryDirection.Earn, 10),
        new("earn_share", EntryDirection.Earn, 3),
        new("earn_bonus", EntryDirection.Earn, null),
        new("earn_purchase", EntryDirection.Earn, null) { OutsideLimits = true, IsGranted = true },
        new("earn_admin", EntryDirection.Earn, null) { OutsideLimits = true, IsGranted = true, NeedsAdmin = true, ContraAccount = SystemAccounts.Adjust },
        new("spend_message", EntryDirection.Spend, 5) { IsMessage = true },
        new("spend_content", EntryDirection.Spend, 10),
        new("spend_group", EntryDirection.Spend, 100),
        new("spend_special", EntryDirection.Spend, 50),
        new("spend_admin", EntryDirection.Spend, null) { OutsideLimits = true, NeedsAdmin = true, ContraAccount = SystemAccounts.Adjust },
        new("reversal", EntryDirection.Reversal, null) { OutsideLimits = true, NeedsAdmin = true },
    ];

    private static readonly FrozenDictionary<string, EntryType> ByCode =
        Catalog.ToFrozenDictionary(type => type.Code, StringComparer.Ordinal);

    private EntryType(string code, EntryDirection direction, long? defaultAmount)
    {
        Code = code;
        Direction = direction;
        DefaultAmount = defaultAmount is { } amount ? new CoinAmount(amount) : null;
        ContraAccount = direction == EntryDirection.Earn ? SystemAccounts.Earn : SystemAccounts.Spend;
    }

    /// <summary>Every type, in the order in which the price list shows them.</summary>
    public static IReadOnlyList<EntryType> All => Catalog;

    /// <summary>The opposite of another entry.</summary>
    public static EntryType Reversal { get; } = ByCode["reversal"];

    /// <summary>Coins given by an admin.</summary>
    public static EntryType EarnAdmin { get; } = ByCode["earn_admin"];

    /// <summary>Coins taken by an admin.</summary>
    public static EntryType SpendAdmin { get; } = ByCode["spend_admin"];

    /// <summary>Coins bought with money.</summary>
    public static EntryType EarnPurchase { get; } = ByCode["earn_purchase"];

    /// <summary>A content view.</summary>
    public static EntryType SpendContent { get; } = ByCode["spend_content"];

    /// <summary>The code in the API and the stores, such as <c>earn_referral</c>.</summary>
    public string Code { get; }

    /// <summary>Which way the coins go.</summary>
    public EntryDirection Direction { get; }

    /// <summary>The amount in coins before an admin changes it; null where every operation names its own.</summary>
    public CoinAmount? DefaultAmount { get; }

    /// <summary>The system account on the other side of the entry.</summary>
    public string ContraAccount { get; private init; }

    /// <summary>Whether the daily limits leave this type alone.</summary>
    public bool OutsideLimits { get; private init; }

    /// <summary>Whether it counts toward the daily number of messages.</summary>
    public bool IsMessage { get; private init; }

    /// <summary>Whether the coins were bought or given by an admin, so not the fruit of the user's own activity.</summary>
    public bool IsGranted { get; private init; }

    /// <summary>Whether only an admin may post it.</summary>
    public bool NeedsAdmin { get; private init; }

    /// <summary>Finds a type by its code; codes are case-sensitive.</summary>
    public static bool TryFind(string? code, [NotNullWhen(true)] out EntryType? type)
    {
        type = null;
        return code is not null && ByCode.TryGetValue(code, out type);
    }

    /// <summary>Finds the type that a store holds under a code.</summary>
    /// <exception cref="InvalidOperationException">The store holds a code that this version does not know.</exception>
    public static EntryType FromStore(string code) => TryFind(code, out var type)
        ? type
        : throw new InvalidOperationException($"The store holds the entry type '{code}', which this version does not know.");

    /// <inheritdoc />
    public override string ToString() => Code;
}
