using System.Globalization;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Economy;

/// <summary>
/// Moves accounts into the tiers of the policy that holds: at the start, and whenever a policy is published. An account's own next entry
/// would do the same; this does it for those that have none. What it has done stays done, so it may be cut off anywhere.
/// </summary>
internal sealed partial class TierRefresh(ILedgerStores stores, ILedgerWriter writer, PolicyWatch policies, TimeProvider time, ILogger<TierRefresh> logger) : BackgroundService
{
    private const int PageUsers = 1_000;
    private const int AtOnce = 64;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>Another process may publish too.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);
    private readonly SemaphoreSlim _signal = new(0, 1);
    private long _version = -1;
    private bool _isFailing;

    /// <summary>How it stands.</summary>
    public TierRefreshStatus Status { get; private set; } = new(null, 0, IsRunning: false);

    /// <summary>Hears that another policy holds, and of every step that follows, on a thread of the pool: return at once.</summary>
    public event Action? Changed;

    public override void Dispose()
    {
        base.Dispose();
        policies.Changed -= OnPolicyChanged;
        _signal.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the caller's thread: the host starts its services one after another.
        await Task.Yield();
        policies.Changed += OnPolicyChanged;
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = LookEvery;
            try
            {
                await RefreshAsync(stoppingToken);
                _isFailing = false;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // An outage must not end the loop: it begins anew, and passes over what is done.
                if (!_isFailing)
                {
                    // Once an outage, not once an attempt.
                    LogFailed(failure);
                }

                _isFailing = true;
                Tell(Status with { IsRunning = false });
                pause = RetryAfter;
            }

            await WaitAsync(pause, stoppingToken);
        }
    }

    private void OnPolicyChanged()
    {
        // One signal is enough, however many policies it stands for. Policies are published one after another, so nobody else counts it up.
        if (_signal.CurrentCount == 0)
        {
            _signal.Release();
        }
    }

    private async Task WaitAsync(TimeSpan pause, CancellationToken stoppingToken)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        await Task.WhenAny(_signal.WaitAsync(wait.Token), Task.Delay(pause, time, wait.Token));
        await wait.CancelAsync();
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var policy = await stores.Current.ReadPolicyAsync(cancellationToken);
        if (policy.Version == _version)
        {
            return;
        }

        var (last, moved) = (string.Empty, 0L);
        Tell(new(policy.Version, 0, IsRunning: true));
        while (await stores.Current.ListUsersAsync(last, PageUsers, cancellationToken) is { Count: > 0 } users)
        {
            var accounts = await stores.Current.FindAccountsAsync([.. users.Where(user => !SystemAccounts.IsReserved(user.Id)).Select(user => user.Id)], cancellationToken);
            foreach (var some in accounts.Where(account => account.Tier != policy.TierFor(account.Earned)).Chunk(AtOnce))
            {
                await Task.WhenAll(some.Select(account => writer.WriteAsync(ToOperation(account.UserId, policy.Version), cancellationToken)));
                moved += some.Length;
                Tell(new(policy.Version, moved, IsRunning: true));
            }

            last = users[^1].Id;
        }

        _version = policy.Version;
        LogDone(moved, policy.Version);
        Tell(new(policy.Version, moved, IsRunning: false));
    }

    private static RefreshTier ToOperation(string userId, long version) => new()
    {
        IdempotencyKey = string.Create(CultureInfo.InvariantCulture, $"tier:{version}:{userId}"), Actor = "system", UserId = userId,
    };

    private void Tell(TierRefreshStatus status)
    {
        Status = status;
        Changed?.Invoke();
    }

    [LoggerMessage(2701, LogLevel.Warning, "Accounts could not be moved into the tiers of the policy; it is tried again")]
    private partial void LogFailed(Exception failure);

    [LoggerMessage(2702, LogLevel.Information, "{Moved} accounts were moved into the tiers of policy version {Version}")]
    private partial void LogDone(long moved, long version);
}

/// <summary>How far accounts are in the tiers of the policy that holds.</summary>
/// <param name="Version">The policy's version, or null before it was read.</param>
/// <param name="Moved">Accounts that were moved.</param>
/// <param name="IsRunning">Whether some may still have to be.</param>
internal sealed record TierRefreshStatus(long? Version, long Moved, bool IsRunning);
