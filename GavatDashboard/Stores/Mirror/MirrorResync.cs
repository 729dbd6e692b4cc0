using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Instances;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Stores.Mirror;

/// <summary>Whenever the mirror is behind, brings it up to date beside the running writer.</summary>
internal sealed class MirrorResync(
    LedgerMirror mirror, MirrorCopy copy, LedgerStores stores, LedgerMigrator migrator, LedgerOwnership ownership, TimeProvider time, ILogger<MirrorResync> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(10);

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
                await mirror.WaitUntilBehindAsync(stoppingToken);
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
            if (!mirror.BeginResync())
            {
                return true;
            }

            var head = await copy.RunAsync(cancellationToken);
            return await mirror.FinishResyncAsync(head, () => LockPrimaryAsync(cancellationToken));
        }
        catch (MirrorDivergedException diverged)
        {
            mirror.Diverge(diverged.Message);
            return true;
        }
        catch (Exception failure) when (LedgerMirror.IsFailure(failure))
        {
            logger.LogWarning(failure, "The fallback cannot be brought up to date now; it is tried again in {Seconds} s", Pause.TotalSeconds);
            return false;
        }
    }

    private async Task<ILedgerSession> LockPrimaryAsync(CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(LockTimeout);
        try
        {
            return await stores.PrimaryStorage.BeginAsync(LedgerReads.For([], time.GetUtcNow()), timeout.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StoreUnavailableException(stores.Primary.Kind, $"The ledger's head could not be locked within {LockTimeout.TotalSeconds:0} s.", innerException: exception);
        }
    }
}
