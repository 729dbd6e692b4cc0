namespace GavatDashboard.Features.Accounts;

/// <summary>What the console needs to know of its users beyond ASP.NET Core Identity's stores.</summary>
internal interface IConsoleAccounts
{
    /// <summary>All users, by name.</summary>
    Task<IReadOnlyList<ConsoleUser>> ListAsync(CancellationToken ct);

    /// <summary>How many users hold the admin role and are not disabled.</summary>
    Task<int> CountActiveAdminsAsync(CancellationToken ct);

    /// <summary>Counts one failed sign-in in a single step, so that parallel guesses are all counted.</summary>
    /// <returns>The failures so far, and the end of the lockout when this one reached <paramref name="maxFailures"/>.</returns>
    Task<(int Failures, DateTimeOffset? LockoutEnd)> RecordFailureAsync(string userId, int maxFailures, DateTimeOffset lockoutEnd, CancellationToken ct);
}
