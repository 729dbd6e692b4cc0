using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Sqlite;

namespace GavatDashboard.Stores;

/// <summary>
/// Brings both ledgers' schemas up to date before anything else starts. A PostgreSQL that cannot be reached does not keep
/// the application from starting: admins must be able to sign in during an outage. It is tried again until it answers. Neither
/// does a damaged file of the fallback: it is set aside, and as nobody knows what it held, an admin has to take the ledger over.
/// </summary>
internal sealed class LedgerMigrator(IPrimaryStore primary, FallbackDatabase fallback, TimeProvider time, ILogger<LedgerMigrator> logger)
    : IHostedService, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _primaryReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _retries = Task.CompletedTask;

    /// <summary>Whether the primary's schema is up to date.</summary>
    public bool IsPrimaryReady => _primaryReady.Task.IsCompletedSuccessfully;

    /// <summary>Completes once the primary's schema is up to date.</summary>
    public Task PrimaryReady => _primaryReady.Task;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await Task.Run(MigrateFallback, cancellationToken);
        if (!await TryMigratePrimaryAsync(isFirst: true, cancellationToken))
        {
            _retries = RetryAsync(_stop.Token);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _retries.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // Cancelled and not disposed, as BackgroundService does: a host that is disposed while it stops calls StopAsync after this.
    public void Dispose() => _stop.Cancel();

    private void MigrateFallback()
    {
        try
        {
            SqliteMigrations.Run(fallback.Database, logger);
        }
        catch (Exception failure) when (DamagedFile.Explains(failure))
        {
            var folder = DamagedFile.SetAside(fallback.Database, time.GetUtcNow());
            logger.LogCritical(failure, "The fallback's file is damaged and was set aside in {Folder}; an empty one takes its place", folder);
            SqliteMigrations.Run(fallback.Database, logger);
        }
    }

    private async Task RetryAsync(CancellationToken cancellationToken)
    {
        do
        {
            await Task.Delay(Pause, time, cancellationToken);
        }
        while (!await TryMigratePrimaryAsync(isFirst: false, cancellationToken));
    }

    private async Task<bool> TryMigratePrimaryAsync(bool isFirst, CancellationToken cancellationToken)
    {
        try
        {
            await primary.MigrateAsync(cancellationToken);
            _primaryReady.TrySetResult();
            return true;
        }
        catch (Exception exception) when (PostgresErrors.IsOutage(exception))
        {
            if (isFirst)
            {
                logger.LogError(exception, "PostgreSQL cannot be reached; it is tried again every {Seconds} s", Pause.TotalSeconds);
            }

            return false;
        }
    }
}
