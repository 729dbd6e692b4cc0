using GavatDashboard.Domain.Analysis;

namespace GavatDashboard.Features.Analysis;

/// <summary>A list about users, with their names.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Items">The list.</param>
/// <param name="Names">Usernames by id; who is not there any more has none.</param>
public sealed record Listed<T>(IReadOnlyList<T> Items, IReadOnlyDictionary<string, string> Names)
{
    /// <summary>A user's name, or null.</summary>
    public string? NameOf(string userId) => Names.GetValueOrDefault(userId);

    /// <summary>Adds the names to a list.</summary>
    /// <param name="items">The list.</param>
    /// <param name="userOf">Whom an item is about.</param>
    /// <param name="profiles">Knows the names.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    internal static async Task<Listed<T>> OfAsync(IReadOnlyList<T> items, Func<T, string> userOf, IProfileStore profiles, CancellationToken cancellationToken) =>
        new(items, await profiles.ReadNamesAsync([.. items.Select(userOf).Distinct(StringComparer.Ordinal)], cancellationToken));
}
