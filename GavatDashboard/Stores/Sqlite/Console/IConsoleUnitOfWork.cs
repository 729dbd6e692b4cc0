namespace GavatDashboard.Stores.Sqlite.Console;

/// <summary>Makes several console-store steps (an account change and its audit entry, for instance) one transaction.</summary>
public interface IConsoleUnitOfWork
{
    /// <summary>
    /// Runs the work in one transaction that every console-store call made inside joins. Commits when the work returns and
    /// <paramref name="commitWhen"/> agrees; otherwise, or when it throws, nothing is kept.
    /// </summary>
    Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, Func<T, bool> commitWhen, CancellationToken ct);
}
