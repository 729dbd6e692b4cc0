using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Stores;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Analysis;

/// <summary>Analyses users: on request, and after their accounts changed in small rounds that never take the machine from the ledger.</summary>
internal sealed partial class AnalyzerService(
    ActiveAnalyzer active, IHistorySource histories, IProfileStore profiles, IAnalysisRecords records, IProfileCache cache, IOptions<AnalysisOptions> options,
    TimeProvider time, ILogger<AnalyzerService> logger)
    : BackgroundService, ILedgerObserver
{
    private const int Capacity = 20_000;
    private const int MostPerRound = 250;
    private static readonly TimeSpan RoundInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RoundTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan OverdueAfter = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan ReloadInterval = TimeSpan.FromSeconds(30);
    private readonly AnalysisQueue _queue = new(Capacity);
    private long _tickedAt;
    private long _reloadedAt;
    private long _analysed;

    /// <summary>Users who wait.</summary>
    public int Waiting => _queue.Count;

    /// <summary>Profiles made since the start.</summary>
    public long Analysed => Interlocked.Read(ref _analysed);

    /// <summary>Since the loop's last round, or null before the first.</summary>
    public TimeSpan? SinceTick => Interlocked.Read(ref _tickedAt) is > 0 and var at ? time.GetElapsedTime(at) : null;

    /// <summary>Whether the loop should have had a round since.</summary>
    public bool IsOverdue => SinceTick > OverdueAfter;

    /// <summary>The rules that hold.</summary>
    public RuleSet Rules => active.Current.Rules;

    /// <summary>The version of the rules.</summary>
    public string RuleSetVersion => active.Current.Version;

    /// <inheritdoc />
    public void OnCommitted(LedgerCommit commit, int waiting)
    {
        foreach (var userId in commit.Delta.UsersConcerned())
        {
            Enqueue(userId);
        }
    }

    /// <summary>Has a user analysed soon.</summary>
    public void Enqueue(string userId)
    {
        if (userId.Length > 0 && !SystemAccounts.IsReserved(userId) && !_queue.TryAdd(userId))
        {
            LogFull(userId);
        }
    }

    /// <summary>Analyses a user now and keeps nothing.</summary>
    /// <returns>The profile, or null where there is no such user.</returns>
    /// <exception cref="StoreUnavailableException">The ledger cannot be read.</exception>
    public async Task<UserProfile?> AnalyzeAsync(string userId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var batch = await histories.LoadAsync([userId], now, cancellationToken);
        return batch.Histories is [var history] ? active.Current.Analyze(history, now) : null;
    }

    /// <summary>Analyses a user now, tells what keeps her from each of the other segments, and keeps nothing.</summary>
    /// <returns>The profile and the near misses, or null where there is no such user.</returns>
    /// <exception cref="StoreUnavailableException">The ledger cannot be read.</exception>
    public async Task<(UserProfile Profile, IReadOnlyList<NearMiss> Others)?> ExplainAsync(string userId, CancellationToken cancellationToken)
    {
        var (now, analyzer) = (time.GetUtcNow(), active.Current);
        var batch = await histories.LoadAsync([userId], now, cancellationToken);
        return batch.Histories is [var history] ? (analyzer.Analyze(history, now), analyzer.ExplainOthers(history, now)) : null;
    }

    /// <summary>Analyses users and keeps their profiles; the cache forgets the older ones.</summary>
    /// <param name="userIds">1 to 1,000 users.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="StoreUnavailableException">The ledger cannot be read or the profiles not be written.</exception>
    public async Task<AnalysedUsers> AnalyzeAndKeepAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken)
    {
        var (now, analyzer) = (time.GetUtcNow(), active.Current);
        var batch = await histories.LoadAsync(userIds, now, cancellationToken);
        var made = batch.Histories.AsParallel().AsOrdered().WithCancellation(cancellationToken).Select(history => analyzer.Analyze(history, now)).ToList();
        if (made.Count == 0)
        {
            return new([], []);
        }

        var changes = await profiles.SaveAsync(made, batch.Devices, cancellationToken);
        await cache.RemoveAsync([.. made.Select(profile => ProfileService.KeyOf(profile.UserId))], cancellationToken);
        Interlocked.Add(ref _analysed, made.Count);

        // Who shares a ring or a device with somebody whose risk changed has the same evidence, and no entry of her own to tell so.
        foreach (var other in changes.Where(change => change.Kind == ChangeKind.Risk).SelectMany(change => change.Findings).SelectMany(finding => finding.Users))
        {
            Enqueue(other);
        }

        return new(made, changes);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the caller's thread: the host starts its services one after another.
        await Task.Yield();
        using var timer = new PeriodicTimer(RoundInterval, time);
        try
        {
            do
            {
                Interlocked.Exchange(ref _tickedAt, time.GetTimestamp());
                await RunRoundAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            LogStopped();
        }
    }

    private async Task RunRoundAsync(CancellationToken stoppingToken)
    {
        using var timeout = new CancellationTokenSource(RoundTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, timeout.Token);
        IReadOnlyList<string> users = [];
        try
        {
            await ReloadAsync(both.Token);
            users = _queue.Take(Math.Min(options.Value.BatchSize, MostPerRound));
            if (users.Count > 0)
            {
                await AnalyzeAndKeepAsync(users, both.Token);
            }
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            PutBack(users);
            LogLate(RoundTimeout.TotalSeconds);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // An outage or a fault of one round must not end the loop; its users wait for the next one.
            PutBack(users);
            LogFailed(failure, users.Count);
        }
    }

    private async Task ReloadAsync(CancellationToken cancellationToken)
    {
        if (_reloadedAt == 0 || time.GetElapsedTime(_reloadedAt) > ReloadInterval)
        {
            await active.ReloadAsync(records, cancellationToken);
            _reloadedAt = time.GetTimestamp();
        }
    }

    private void PutBack(IReadOnlyList<string> users)
    {
        foreach (var userId in users)
        {
            _queue.TryAdd(userId);
        }
    }

    [LoggerMessage(2601, LogLevel.Debug, "The queue of the analyzer is full; {UserId} waits for the next batch")]
    private partial void LogFull(string userId);

    [LoggerMessage(2602, LogLevel.Information, "The analyzer stops")]
    private partial void LogStopped();

    [LoggerMessage(2603, LogLevel.Warning, "A round of the analyzer took longer than {Seconds} s; its users wait for the next one")]
    private partial void LogLate(double seconds);

    [LoggerMessage(2604, LogLevel.Warning, "A round of the analyzer failed; its {Users} users wait for the next one")]
    private partial void LogFailed(Exception failure, int users);
}

/// <summary>Profiles that were made and kept.</summary>
/// <param name="Profiles">The profiles.</param>
/// <param name="Changes">What changed with them.</param>
internal sealed record AnalysedUsers(IReadOnlyList<UserProfile> Profiles, IReadOnlyList<ProfileChange> Changes);
