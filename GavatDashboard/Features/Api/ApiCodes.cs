using System.Diagnostics.CodeAnalysis;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Api;

/// <summary>How enumerations are written in the API: lower case, words joined by underscores.</summary>
internal static class ApiCodes
{
    /// <summary>The codes of leaderboard orders.</summary>
    public static readonly IReadOnlyDictionary<string, LeaderboardOrder> Orders = CodesOf<LeaderboardOrder>();

    /// <summary>The codes of leaderboard periods.</summary>
    public static readonly IReadOnlyDictionary<string, LeaderboardPeriod> Periods = CodesOf<LeaderboardPeriod>();

    /// <summary>The codes of user types.</summary>
    public static readonly IReadOnlyDictionary<string, UserType> UserTypes = CodesOf<UserType>();

    /// <summary>The code of a store, as the component's id has it.</summary>
    public static string ToCode(this StoreKind store) => store switch
    {
        StoreKind.PostgreSql => "postgresql",
        StoreKind.Sqlite => "sqlite",
        StoreKind.Redis => "redis",
        StoreKind.MongoDb => "mongodb",
        _ => throw new ArgumentOutOfRangeException(nameof(store), store, "There is no such store."),
    };

    /// <summary>The code of an enumeration's value, such as <c>big_spender</c>.</summary>
    public static string ToCode<T>(this T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>Reads a code from a query or body.</summary>
    /// <param name="field">The field's name, for the error.</param>
    /// <param name="text">What was sent; null or empty for <paramref name="fallback"/>.</param>
    /// <param name="codes">The codes that fit.</param>
    /// <param name="fallback">What an absent field means.</param>
    /// <param name="value">The value.</param>
    /// <param name="problem">The answer where the text is no code.</param>
    public static bool TryRead<T>(
        string field, string? text, IReadOnlyDictionary<string, T> codes, T fallback, out T value, [NotNullWhen(false)] out IResult? problem)
    {
        problem = null;
        value = fallback;
        if (string.IsNullOrEmpty(text) || codes.TryGetValue(text, out value!))
        {
            return true;
        }

        problem = ApiProblem.Invalid($"{field}: use one of: {string.Join(", ", codes.Keys)}.");
        return false;
    }

    private static Dictionary<string, T> CodesOf<T>()
        where T : struct, Enum => Enum.GetValues<T>().ToDictionary(value => value.ToCode(), StringComparer.Ordinal);
}
