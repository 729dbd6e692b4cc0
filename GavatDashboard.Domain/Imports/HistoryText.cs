using System.Globalization;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Domain.Imports;

/// <summary>Reads the numbers and dates of history files exactly, and says in words what is wrong with them.</summary>
internal static class HistoryText
{
    private const int MaxDigits = 18;
    private static readonly DateOnly Earliest = new(1970, 1, 1);

    /// <summary>How a value from the file is shown in a reason: short, so that a long one does not flood the report.</summary>
    public static string Quote(string value) => value.Length <= 40 ? $"'{value}'" : $"'{value[..40]}...'";

    /// <summary>A whole number from 0 to 18 digits.</summary>
    public static bool TryReadWhole(string text, out long value)
    {
        value = 0;
        return text.Length is > 0 and <= MaxDigits && text.All(char.IsAsciiDigit)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>A date in one of the given forms, from 1970 to the latest day that is allowed.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static string? ReadDate(string text, string format, DateOnly latest, out DateOnly date) =>
        !DateOnly.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out date)
            ? $"{Quote(text)} is no date of the form {format}."
            : CheckRange(text, date, latest);

    /// <summary>Whether a date lies between 1970 and the latest day that is allowed.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static string? CheckRange(string text, DateOnly date, DateOnly latest) =>
        date < Earliest ? $"The date {Quote(text)} is before 1970."
        : date > latest ? $"The date {Quote(text)} is in the future."
        : null;

    /// <summary>Dollars and cents as whole cents, without floating point.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static string? ReadCents(string text, out CoinAmount cents)
    {
        cents = CoinAmount.Zero;
        var digits = text.AsSpan().TrimStart('-');
        var point = digits.IndexOf('.');
        var whole = point < 0 ? digits : digits[..point];
        var fraction = point < 0 ? [] : digits[(point + 1)..].TrimEnd('0');
        var isNumber = text.Length - digits.Length <= 1 && (whole.Length > 0 || (point >= 0 && digits.Length > 1)) && point != digits.Length - 1
            && !whole.ContainsAnyExceptInRange('0', '9') && !fraction.ContainsAnyExceptInRange('0', '9');
        if (!isNumber)
        {
            return $"The amount {Quote(text)} is not a number.";
        }

        if (fraction.Length > 2)
        {
            return $"The amount {Quote(text)} holds fractions of a cent.";
        }

        whole = whole.TrimStart('0');
        if (whole.Length > 14)
        {
            return TooLarge(text);
        }

        var value = whole.Length == 0 ? 0m : decimal.Parse(whole, NumberStyles.None, CultureInfo.InvariantCulture);
        var hundredths = fraction.Length == 0 ? 0 : int.Parse(fraction, NumberStyles.None, CultureInfo.InvariantCulture) * (fraction.Length == 1 ? 10 : 1);
        cents = new CoinAmount((long)(value * 100m) + hundredths);
        return cents > CoinAmount.MaxOperation ? TooLarge(text)
            : cents > CoinAmount.Zero && text.StartsWith('-') ? $"The amount {Quote(text)} is negative."
            : null;
    }

    private static string TooLarge(string text) => $"The amount {Quote(text)} is too large: at most {CoinAmount.MaxOperation} coins are one operation.";
}
