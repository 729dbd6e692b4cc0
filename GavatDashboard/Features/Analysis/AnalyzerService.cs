using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Analysis;

/// <summary>
/// Analyses users after their accounts changed, and everybody once after a start. It works in small rounds, so that it never
/// takes the machine from the ledger.
/// </summary>
internal sealed partial class AnalyzerService(
    HistoryReader histories, IDocumentStore documents, ILedgerStores stores, TimeProvider time, ILogger<AnalyzerService> logger)
    : BackgroundService, ILedgerObserver
{
    private const int Capacity = 20_000;
    private const int RoundSize = 50;
    private static readonly TimeSpan RoundInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RoundTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan OverdueAfter = TimeSpan.FromSeconds(45);
    private readonly UserAnalyzer _analyzer = new(RuleSet.Default);
    private readonly AnalysisQueue _queue = new(Capacity);
    private string? _sweptThrough = string.Empty;
    private long _tickedAt;
    private long _analysed;

    /// <summary>Users who wait.</summary>
    public int Waiting => _queue.Count;

    /// <summary>Profiles made since the start.</summary>
    public long Analysed => Interlocked.Read(ref _analysed);

    /// <summary>Since the loop's last round, or null before the first.</summary>
    public TimeSpan? SinceTick => Interlocked.Read(ref _tickedAt) is > 0 and var at ? time.GetElapsedTime(at) : null;

    /// <summary>Whether the loop should have had a round since.</summary>
    public bool IsOverdue => SinceTick > OverdueAfter;

    /// <summary>The version of the rules.</summary>
    public string RuleSetVersion => _analyzer.Version;

    /// <inheritdoc />
    public void OnCommitted(LedgerCommit commit, int waiting)
    {
        foreach (var change in commit.Delta.Outbox)
        {
            if (change.UserId.Length > 0 && !SystemAccounts.IsReserved(change.UserId) && !_queue.TryAdd(change.UserId))
            {
                LogFull(change.UserId);
            }
        }
    }

    /// <summary>Analyses a user now and keeps nothing.</summary>
    /// <returns>The profile, or null where there is no such user.</returns>
    /// <exception cref="StoreUnavailableException">The ledger cannot be read.</exception>
    public async Task<UserProfile?> AnalyzeAsync(string userId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return await histories.ReadAsync(userId, now, cancellationToken) is { } history ? _analyzer.Analyze(history, now) : null;
    }

    /// <summary>Keeps profiles in the document store.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be reached.</exception>
    public Task KeepAsync(IReadOnlyList<UserProfile> profiles, CancellationToken cancellationToken) =>
        documents.PutProfilesAsync([.. profiles.Select(ProfileDocuments.ToDocument)], cancellationToken);

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
            await SweepAsync(both.Token);
            users = _queue.Take(RoundSize);
            var profiles = new List<UserProfile>(users.Count);
            foreach (var userId in users)
            {
                if (await AnalyzeAsync(userId, both.Token) is { } profile)
                {
                    profiles.Add(profile);
                }
            }

            if (profiles.Count > 0)
            {
                await KeepAsync(profiles, both.Token);
                Interlocked.Add(ref _analysed, profiles.Count);
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

    /// <summary>After a start, goes through everybody, whenever nobody else waits.</summary>
    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        if (_sweptThrough is not { } after || _queue.Count > 0)
        {
            return;
        }

        var page = await stores.Current.ListUsersAsync(after, RoundSize, cancellationToken);
        foreach (var user in page.Where(user => !SystemAccounts.IsReserved(user.Id)))
        {
            _queue.TryAdd(user.Id);
        }

        _sweptThrough = page.Count > 0 ? page[^1].Id : null;
    }

    private void PutBack(IReadOnlyList<string> users)
    {
        foreach (var userId in users)
        {
            _queue.TryAdd(userId);
        }
    }

    [LoggerMessage(2601, LogLevel.Debug, "The queue of the analyzer is full; {UserId} waits for the next change")]
    private partial void LogFull(string userId);

    [LoggerMessage(2602, LogLevel.Information, "The analyzer stops")]
    private partial void LogStopped();

    [LoggerMessage(2603, LogLevel.Warning, "A round of the analyzer took longer than {Seconds} s; its users wait for the next one")]
    private partial void LogLate(double seconds);

    [LoggerMessage(2604, LogLevel.Warning, "A round of the analyzer failed; its {Users} users wait for the next one")]
    private partial void LogFailed(Exception failure, int users);
}
