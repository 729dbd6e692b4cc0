namespace GavatDashboard.Features.Imports;

/// <summary>The record of imports, which outlives the process.</summary>
public interface IImportLog
{
    /// <summary>Keeps an import as it stands.</summary>
    Task SaveAsync(ImportStatus status, CancellationToken cancellationToken);

    /// <summary>An import as it was last kept, or null.</summary>
    Task<ImportStatus?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>Imports, the newest first, without their rejected lines.</summary>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<ImportStatus>> ListAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Imports that were kept as running: a process that has ended ran them.</summary>
    Task<IReadOnlyList<ImportStatus>> ListRunningAsync(CancellationToken cancellationToken);
}
