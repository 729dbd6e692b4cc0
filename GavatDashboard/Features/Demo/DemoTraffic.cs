using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Instances;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Demo;

/// <summary>
/// Makes the demo community on an empty ledger and keeps it alive, through the ledger's writer as any caller. It never
/// touches a ledger that holds other users than its own.
/// </summary>
internal sealed partial class DemoTraffic(
    ILedgerWriter writer, LedgerOwnership ownership, ILedgerStores stores, CoinReader reader, DemoStatus status, DemoPast past, IOptions<DemoOptions> options, TimeProvider time, ILogger<DemoTraffic> logger)
    : BackgroundService
{
    private const int Seed = 20250529;

    /// <summary>How often somebody looks at a balance for each deed: one operation in ten writes, as in the benchmarks of the cache.</summary>
    private const int LooksPerDeed = 9;

    /// <summary>How many people's pasts are written at once.</summary>
    private const int Together = 32;
    private static readonly TimeSpan OutagePause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan OperationTimeout = TimeSpan.FromSeconds(60);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the caller's thread: the host starts its services one after another.
        await Task.Yield();
        try
        {
            await FindCommunityAsync(stoppingToken);
            if (!options.Value.Enabled)
            {
                return;
            }

            // One community is enough: the other instances only label it.
            await ownership.UntilAsync(isMine: true, stoppingToken);
            bool? isOwn = null;
            while (isOwn is null)
            {
                isOwn = await TryAsync<bool?>(IsOwnLedgerAsync, stoppingToken);
            }

            if (isOwn == false)
            {
                LogForeign();
                return;
            }

            await RunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            LogStopped();
        }
    }

    /// <summary>A community that an earlier run made is labelled too, whether or not it moves.</summary>
    private async Task FindCommunityAsync(CancellationToken stoppingToken)
    {
        (bool IsKnown, User? First) found = default;
        while (!found.IsKnown)
        {
            found = await TryAsync(async token => (true, await stores.Current.FindUserAsync(DemoCommunity.IdOf(0), token)), stoppingToken);
        }

        if (found.First?.Username == DemoCommunity.NameOf(0))
        {
            status.NoteCommunity();
        }
    }

    private async Task<bool?> IsOwnLedgerAsync(CancellationToken cancellationToken)
    {
        var users = await stores.Current.ListUsersAsync(string.Empty, DemoCommunity.Size + 2, cancellationToken);
        return users.All(user => SystemAccounts.IsReserved(user.Id) || user.Id.StartsWith("demo-", StringComparison.Ordinal));
    }

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        var people = new DemoCommunity(Seed);
        LogStarted(DemoCommunity.Size);
        status.NoteCommunity();
        await MakeAsync(people, stoppingToken);
        var traffic = new DemoCommunity(unchecked(Seed + (int)time.GetUtcNow().ToUnixTimeSeconds()));
        while (true)
        {
            await ownership.UntilAsync(isMine: true, stoppingToken);
            await WriteAsync(traffic.Next(), stoppingToken);
            for (var look = 0; look < LooksPerDeed; look++)
            {
                await TryAsync(token => reader.FindAccountAsync(traffic.NextVisitor(), token), stoppingToken);
                await Task.Delay(traffic.NextPause() / LooksPerDeed, time, stoppingToken);
            }
        }
    }

    /// <summary>Makes who is not there yet, with what they did so far; what an earlier run has made stays as it is.</summary>
    private async Task MakeAsync(DemoCommunity people, CancellationToken stoppingToken)
    {
        var now = time.GetUtcNow();
        if (await TryAsync(token => stores.Current.FindUserAsync(DemoCommunity.IdOf(DemoCommunity.Size - 1), token), stoppingToken) is not null)
        {
            return;
        }

        var lives = new DemoLives(Seed, now);
        var deeds = new DemoCases(now).All().ToList();
        for (var number = 0; number < DemoCommunity.Size; number++)
        {
            var registration = people.Register(number, now);
            deeds.Add([registration, people.FirstPurchase(number, registration.RegisteredAt!.Value), .. lives.PastOf(number, registration.RegisteredAt.Value)]);
        }

        // Each one's deeds in their order, those of several at once: the writer takes them together.
        foreach (var several in deeds.Chunk(Together))
        {
            await Task.WhenAll(several.Select(async own =>
            {
                foreach (var deed in own)
                {
                    await WriteAsync(deed, stoppingToken);
                }
            }));
        }

        await TryAsync(
            async token =>
            {
                await past.NoteAsync(now, token);
                return true;
            },
            stoppingToken);
    }

    private Task WriteAsync(LedgerOperation operation, CancellationToken stoppingToken) =>
        TryAsync(token => writer.WriteAsync(operation, token), stoppingToken);

    /// <summary>Does something, and rests for a while where the ledger cannot be had; the default value then.</summary>
    private async Task<T?> TryAsync<T>(Func<CancellationToken, Task<T>> action, CancellationToken stoppingToken)
    {
        using var timeout = new CancellationTokenSource(OperationTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, timeout.Token);
        try
        {
            return await action(both.Token);
        }
        catch (Exception failure) when (failure is StoreUnavailableException or LedgerBusyException
            || (failure is OperationCanceledException && !stoppingToken.IsCancellationRequested))
        {
            LogPaused(failure.Message);
        }

        await Task.Delay(OutagePause, time, stoppingToken);
        return default;
    }

    [LoggerMessage(2701, LogLevel.Warning, "DEMO: a made-up community of {Users} users and its traffic run on this ledger")]
    private partial void LogStarted(int users);

    [LoggerMessage(2702, LogLevel.Information, "DEMO: the ledger holds users that are not the demo's; no demo traffic runs")]
    private partial void LogForeign();

    [LoggerMessage(2703, LogLevel.Information, "DEMO: the traffic stops")]
    private partial void LogStopped();

    [LoggerMessage(2704, LogLevel.Information, "DEMO: the traffic pauses: {Failure}")]
    private partial void LogPaused(string failure);
}
