using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace GavatDashboard.Stores.Redis;

/// <summary>
/// Brings the cache back after it was distrusted: once Redis takes writes again, the generation moves on in the ledger and
/// the cache begins anew under it, empty. The start of the process counts as distrust too, for the process before may have
/// died between a commit and its write-through, and the caller's repetition would be answered without another commit.
/// </summary>
internal sealed partial class CacheGuard(
    RedisConnection connection,
    CacheTrust trust,
    ICacheGeneration generations,
    IOptions<RedisOptions> options,
    TimeProvider time,
    ILogger<CacheGuard> logger) : BackgroundService
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);

    /// <summary>Trust that held so long was no flap; the next recovery is quick again.</summary>
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Before the first trust, so that no disturbance after it goes unheard.
        connection.Disturbed += trust.Distrust;
        try
        {
            await GuardAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The application stops, or another instance owns the ledger.
            LogLeft();
        }
        finally
        {
            connection.Disturbed -= trust.Distrust;
            trust.Abandon("this instance does not write the ledger");
        }
    }

    private async Task GuardAsync(CancellationToken stoppingToken)
    {
        var delay = FirstDelay;
        var trustedAt = time.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            await trust.WaitForDistrustAsync(stoppingToken);
            if (time.GetElapsedTime(trustedAt) > Steady)
            {
                delay = FirstDelay;
            }

            var told = false;
            while (await TryRecoverAsync(stoppingToken) is { } failure)
            {
                if (!told)
                {
                    LogBypassed(trust.State.Reason, failure.Message);
                    told = true;
                }

                await Task.Delay(delay, time, stoppingToken);
                delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
            }

            trustedAt = time.GetTimestamp();
            LogTrusted(trust.State.Generation);
        }
    }

    /// <summary>Null when the cache is trusted again, else what hinders it.</summary>
    private async Task<Exception?> TryRecoverAsync(CancellationToken cancellationToken)
    {
        try
        {
            // The first connection is a disturbance too, so it is made before they are counted.
            await connection.OpenAsync(cancellationToken);

            // Whatever happens from here on makes the attempt void.
            var disturbances = trust.Disturbances;
            await ProveWritableAsync(cancellationToken);
            var generation = await generations.AdvanceAsync(cancellationToken);
            return trust.TryTrust(generation, disturbances)
                ? null
                : new InvalidOperationException("the connection to the cache was disturbed again");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure)
        {
            // Whatever it is, the ledger goes on alone, and the next try will tell.
            return failure;
        }
    }

    /// <summary>Reading proves little: a full or read-only server answers reads and keeps old values.</summary>
    private async Task ProveWritableAsync(CancellationToken cancellationToken)
    {
        var limit = TimeSpan.FromMilliseconds(options.Value.CommandTimeoutMs);
        var database = await connection.OpenAsync(cancellationToken);
        var token = Guid.NewGuid().ToString("N");
        RedisKey key = $"gavat:guard:{token}";
        await database.StringSetAsync(key, token, limit * 2).WaitAsync(limit, cancellationToken);
        var read = await database.StringGetAsync(key).WaitAsync(limit, cancellationToken);
        if (read != token)
        {
            throw new InvalidDataException("the cache did not return what was written");
        }
    }

    [LoggerMessage(2003, LogLevel.Warning, "The cache is bypassed, because {Reason}. It cannot be taken back yet: {Failure}")]
    private partial void LogBypassed(string? reason, string failure);

    [LoggerMessage(2006, LogLevel.Information, "The cache is served no more: this instance does not write the ledger.")]
    private partial void LogLeft();

    [LoggerMessage(2004, LogLevel.Information, "The cache is served again, empty, as generation {Generation}.")]
    private partial void LogTrusted(long generation);
}
