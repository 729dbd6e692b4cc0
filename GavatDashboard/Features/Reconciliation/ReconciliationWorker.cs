using System.Collections.Immutable;
using System.Text.Json;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using GavatDashboard.Shared.Live;
using GavatDashboard.Stores;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Reconciliation;

/// <summary>
/// Runs the checks in turn, a small step at a time, for ever. A mismatch opens an incident that names what was found; a pass that goes through
/// closes it. It only reads the ledgers, and it never holds anybody up.
/// </summary>
internal sealed partial class ReconciliationWorker : BackgroundService, IReconciliationFeed
{
    private static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StepTimeout = TimeSpan.FromMinutes(2);
    private readonly ImmutableArray<IReconciliationCheck> _checks;
    private readonly ReconciliationLog _log;
    private readonly IIncidentDesk _incidents;
    private readonly LedgerMigrator _migrator;
    private readonly ReconciliationOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<ReconciliationWorker> _logger;
    private readonly Dictionary<string, DateTimeOffset> _savedAt = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _wake = new(0, 1);
    private ImmutableArray<Action> _subscribers = [];
    private ImmutableArray<CheckState> _states;

    public ReconciliationWorker(
        IEnumerable<IReconciliationCheck> checks,
        ReconciliationLog log,
        IIncidentDesk incidents,
        LedgerMigrator migrator,
        IOptions<ReconciliationOptions> options,
        TimeProvider time,
        ILogger<ReconciliationWorker> logger)
    {
        _checks = [.. checks];
        _log = log;
        _incidents = incidents;
        _migrator = migrator;
        _options = options.Value;
        _time = time;
        _logger = logger;
        _states = [.. _checks.Select(check => new CheckState { Name = check.Name })];
    }

    public IReadOnlyList<CheckState> Current => _states;

    public IDisposable Subscribe(Action onChange)
    {
        return new EventSubscription(
            () => ImmutableInterlocked.Update(ref _subscribers, static (all, added) => all.Add(added), onChange),
            () => ImmutableInterlocked.Update(ref _subscribers, static (all, ended) => all.Remove(ended), onChange));
    }

    public void RunNow()
    {
        ImmutableInterlocked.Update(ref _states, static (all, now) => [.. all.Select(state => state with { NextAt = now })], _time.GetUtcNow());
        if (_wake.CurrentCount == 0)
        {
            _wake.Release();
        }
    }

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await _migrator.PrimaryReady.WaitAsync(stoppingToken);
            await TakeUpAsync(stoppingToken);
            while (true)
            {
                var next = _states.MinBy(state => state.NextAt)!;
                var pause = next.NextAt - _time.GetUtcNow();
                if (pause > TimeSpan.Zero)
                {
                    await _wake.WaitAsync(pause, stoppingToken);
                    continue;
                }

                await StepAsync(next, stoppingToken);
                await Task.Delay(_options.StepPause, _time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // How far each check has come is kept.
        }
    }

    /// <summary>One step of the check that is due first, for tests that keep the time themselves.</summary>
    internal Task StepNextAsync(CancellationToken cancellationToken) => StepAsync(_states.MinBy(state => state.NextAt)!, cancellationToken);

    /// <summary>Goes on where the last run ended.</summary>
    internal async Task TakeUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            var kept = await _log.ReadAsync(cancellationToken);
            foreach (var state in _states)
            {
                if (kept.TryGetValue(state.Name, out var json) && JsonSerializer.Deserialize<CheckState>(json) is { } known)
                {
                    // A mismatch that was open when the application ended is open still, until a pass says otherwise.
                    Replace(known);
                    Report(known);
                }
            }
        }
        catch (Exception exception) when (exception is StoreUnavailableException or JsonException)
        {
            LogNotTakenUp(exception.Message);
        }
    }

    private async Task StepAsync(CheckState before, CancellationToken cancellationToken)
    {
        var check = _checks.First(check => check.Name == before.Name);
        var after = before.After(await TryAsync(check, before.Position, cancellationToken), _time.GetUtcNow(), _options);
        if (before.Mismatch != after.Mismatch)
        {
            Report(after);
        }

        // Whoever sees the new state finds the incident too.
        Replace(after);
        await SaveAsync(before, after, cancellationToken);
        foreach (var subscriber in _subscribers)
        {
            subscriber();
        }
    }

    private async Task<CheckStep> TryAsync(IReconciliationCheck check, string position, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(StepTimeout);
        try
        {
            return await RepairAsync(await check.StepAsync(position, timeout.Token), timeout.Token);
        }
        catch (StoreUnavailableException outage)
        {
            return CheckStep.Wait(Finding.Said(outage.Message));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return CheckStep.Wait(Finding.Of("step-slow", StepTimeout.TotalSeconds));
        }
        catch (Exception bug) when (bug is not OperationCanceledException)
        {
            // One check that fails must not end the others; the page and the log say that it does.
            LogFailed(bug, check.Name);
            return CheckStep.Wait(Finding.Of("check-failed", bug.Message));
        }
    }

    private static async Task<CheckStep> RepairAsync(CheckStep step, CancellationToken cancellationToken)
    {
        if (step.Repair is not { } repair)
        {
            return step;
        }

        await repair.RunAsync(cancellationToken);
        return step.Mismatch is { } mismatch ? step with { Mismatch = mismatch with { Repair = repair.Code } } : step;
    }

    private void Replace(CheckState state) => ImmutableInterlocked.Update(
        ref _states, static (all, changed) => [.. all.Select(one => one.Name == changed.Name ? changed : one)], state);

    private void Report(CheckState state)
    {
        if (state.Mismatch is { } mismatch)
        {
            LogMismatch(state.Name, mismatch.ToString());
            _incidents.Report(IncidentSubjects.OfReconciliation(state.Name), ComponentStatus.Unhealthy, mismatch.ToString());
        }
        else
        {
            _incidents.Report(IncidentSubjects.OfReconciliation(state.Name), ComponentStatus.Healthy, "A whole pass found that everything agrees.");
        }
    }

    private async Task SaveAsync(CheckState before, CheckState after, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var isTurn = before.PassStartedAt is null != after.PassStartedAt is null || before.Mismatch != after.Mismatch;
        if (after.Waiting is not null || (!isTurn && _savedAt.TryGetValue(after.Name, out var savedAt) && now - savedAt < SaveInterval))
        {
            return;
        }

        try
        {
            await _log.SaveAsync(after.Name, JsonSerializer.Serialize(after), cancellationToken);
            _savedAt[after.Name] = now;
        }
        catch (StoreUnavailableException outage)
        {
            LogNotSaved(after.Name, outage.Message);
        }
    }

    [LoggerMessage(2501, LogLevel.Error, "The check {Check} found a mismatch: {Mismatch}")]
    private partial void LogMismatch(string check, string mismatch);

    [LoggerMessage(2502, LogLevel.Error, "The check {Check} failed itself; it is tried again")]
    private partial void LogFailed(Exception exception, string check);

    [LoggerMessage(2503, LogLevel.Warning, "How far the checks had come is not known, they begin anew: {Failure}")]
    private partial void LogNotTakenUp(string failure);

    [LoggerMessage(2504, LogLevel.Information, "How far the check {Check} has come is not kept now: {Failure}")]
    private partial void LogNotSaved(string check, string failure);
}
