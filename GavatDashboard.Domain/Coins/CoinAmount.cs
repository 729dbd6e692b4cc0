using System.Globalization;

namespace GavatDashboard.Domain.Coins;

/// <summary>An amount of whole coins. May be negative for a debit; arithmetic is checked and throws on overflow.</summary>
/// <param name="Value">The number of coins.</param>
public readonly record struct CoinAmount(long Value) : IComparable<CoinAmount>
{
    /// <summary>The largest amount a single operation may move: one trillion coins, far from 64-bit overflow.</summary>
    public static readonly CoinAmount MaxOperation = new(1_000_000_000_000);

    /// <summary>No coins.</summary>
    public static readonly CoinAmount Zero = new(0);

    /// <summary>The amount without its sign.</summary>
    public CoinAmount Abs() => new(Math.Abs(Value));

    /// <inheritdoc />
    public int CompareTo(CoinAmount other) => Value.CompareTo(other.Value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Adds two amounts.</summary>
    public static CoinAmount operator +(CoinAmount left, CoinAmount right) => new(checked(left.Value + right.Value));

    /// <summary>Subtracts an amount.</summary>
    public static CoinAmount operator -(CoinAmount left, CoinAmount right) => new(checked(left.Value - right.Value));

    /// <summary>Turns a credit into a debit and the reverse.</summary>
    public static CoinAmount operator -(CoinAmount value) => new(checked(-value.Value));

    /// <summary>Whether the left amount is smaller.</summary>
    public static bool operator <(CoinAmount left, CoinAmount right) => left.Value < right.Value;

    /// <summary>Whether the left amount is larger.</summary>
    public static bool operator >(CoinAmount left, CoinAmount right) => left.Value > right.Value;

    /// <summary>Whether the left amount is smaller or equal.</summary>
    public static bool operator <=(CoinAmount left, CoinAmount right) => left.Value <= right.Value;

    /// <summary>Whether the left amount is larger or equal.</summary>
    public static bool operator >=(CoinAmount left, CoinAmount right) => left.Value >= right.Value;
}
