using GavatDashboard.Features.Instances;

namespace GavatDashboard.Stores.Mirror;

/// <summary>Takes up the mirror at the start, and whenever it is behind, brings it up to date.</summary>
internal sealed class MirrorResyncWorker(
    LedgerMirror mirror, MirrorStanding standing, MirrorResync resync, LedgerMigrator migrator, LedgerOwnership ownership, TimeProvider time, ILogger<MirrorResyncWorker> logger)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Takes up the mirror before the host goes on to start the writer.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await mirror.OpenAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await migrator.PrimaryReady.WaitAsync(stoppingToken);
            while (true)
            {
                await standing.WaitUntilBehindAsync(stoppingToken);
                do
                {
                    // What another instance writes is not noted here: a copy of now would be old with its next batch.
                    await ownership.UntilAsync(isMine: true, stoppingToken);
                }
                while (!await TryResyncOrPauseAsync(stoppingToken));
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The marker says how the mirror stands; the next start goes on from there.
        }
    }

    private async Task<bool> TryResyncOrPauseAsync(CancellationToken stoppingToken)
    {
        if (await TryResyncAsync(stoppingToken))
        {
            return true;
        }

        await Task.Delay(Pause, time, stoppingToken);
        return false;
    }

    /// <summary>Tries once.</summary>
    /// <returns>False when it has to be tried again.</returns>
    private async Task<bool> TryResyncAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await resync.RunAsync(cancellationToken);
        }
        catch (MirrorDivergedException diverged)
        {
            standing.Diverge(diverged.Message);
            return true;
        }
        catch (Exception failure) when (MirrorStanding.IsFailure(failure))
        {
            logger.LogWarning(failure, "The fallback cannot be brought up to date now; it is tried again in {Seconds} s", Pause.TotalSeconds);
            return false;
        }
    }
}
