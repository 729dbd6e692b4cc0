using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Failover;
using GavatDashboard.Stores;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Instances;

/// <summary>Shows the other instances that this one lives, hears who else does, and asks the owner of the ledger how it stands.</summary>
internal sealed partial class InstanceWatch(
    IInstanceRegistry registry,
    InstanceDirectory directory,
    InstanceAddress address,
    LedgerOwner owner,
    FailoverCoordinator coordinator,
    LedgerStores stores,
    LedgerMigrator migrator,
    IOptions<InstanceOptions> options,
    IOptions<FailoverOptions> failover,
    TimeProvider time,
    ILogger<InstanceWatch> logger) : BackgroundService
{
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(2);
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();
    private bool _isSilent;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (registry.IsShared && directory.All.Any(each => each.Instance == directory.Self))
        {
            await LeaveAsync();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!registry.IsShared)
        {
            return;
        }

        try
        {
            var own = await address.FindAsync(stoppingToken);
            await migrator.PrimaryReady.WaitAsync(stoppingToken);
            // Each at its own pace: a primary that hangs must not keep this instance from hearing the owner.
            await Task.WhenAll(EachBeatAsync(token => BeatAsync(own, token), stoppingToken), EachBeatAsync(AskOwnerAsync, stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The others see that it is silent, or that it has left.
        }
    }

    private async Task EachBeatAsync(Func<CancellationToken, Task> work, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Beat, time);
        do
        {
            await work(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task BeatAsync(string own, CancellationToken stoppingToken)
    {
        try
        {
            directory.Secret ??= await registry.ReadSecretAsync(stoppingToken);
            var snapshot = coordinator.Current;
            directory.Note(await registry.BeatAsync(new InstanceCard(directory.Self, own, snapshot.Role, _startedAt), stoppingToken));
            _isSilent = false;
        }
        catch (StoreUnavailableException outage)
        {
            if (!_isSilent)
            {
                LogSilent(outage.Message);
            }

            _isSilent = true;
        }
    }

    private async Task AskOwnerAsync(CancellationToken stoppingToken)
    {
        if (!coordinator.IsOwner)
        {
            await owner.HearAsync(failover.Value.ProbeTimeout, stoppingToken);
        }

        stores.MayBeBehind = !coordinator.IsOwner && !IsOwnerKnownToWriteHere();
    }

    /// <summary>
    /// Before an owner acknowledges anything on its fallback, its primary has failed it for a while in which it acknowledged nothing. So one that
    /// said within that while that it writes to the primary has acknowledged nothing elsewhere.
    /// </summary>
    private bool IsOwnerKnownToWriteHere() =>
        directory.OwnerSays is { Word: { IsOwner: true } word, Age: var age } && word.State == FailoverState.Primary.ToCode() && age < failover.Value.Thresholds.SuspectFor;

    private async Task LeaveAsync()
    {
        using var timeout = new CancellationTokenSource(LeaveTimeout, time);
        try
        {
            await registry.LeaveAsync(directory.Self, timeout.Token).WaitAsync(timeout.Token);
        }
        catch (Exception failure) when (failure is StoreUnavailableException or OperationCanceledException)
        {
            LogSilent(failure.Message);
        }
    }

    [LoggerMessage(3201, LogLevel.Warning, "The other instances cannot be shown that this one lives: {Failure}")]
    private partial void LogSilent(string failure);
}
