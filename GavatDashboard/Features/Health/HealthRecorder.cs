using System.Collections.Concurrent;
using GavatDashboard.Domain.Health;
using GavatDashboard.Stores.Sqlite.Console;

namespace GavatDashboard.Features.Health;

/// <summary>
/// Gives the monitor back what it knew before a restart, and keeps what it learns: samples for a day, a bucket a minute and a bucket an hour
/// for 90 days, and every incident, at once and together with who is to be told of it. It holds nobody up: where it cannot write it waits, and
/// the monitor goes on from memory.
/// </summary>
internal sealed partial class HealthRecorder(
    HealthMonitor monitor, IHealthArchive archive, IIncidentArchive incidents, IIncidentHerald herald, IConsoleUnitOfWork unitOfWork, TimeProvider time, ILogger<HealthRecorder> logger)
    : BackgroundService
{
    private const int MostWaiting = 50_000;
    private static readonly TimeSpan WriteInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TrimInterval = TimeSpan.FromHours(1);
    private static readonly TimeSpan KeepSamples = TimeSpan.FromHours(24);
    private static readonly TimeSpan KeepBuckets = TimeSpan.FromDays(90);
    private readonly ConcurrentQueue<ProbeResult> _samples = new();
    private readonly ConcurrentDictionary<Guid, Incident> _changed = new();
    private readonly Dictionary<string, List<LatencyPoint>> _hours = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _news = new(0);
    private DateTimeOffset _trimmedAt;

    /// <summary>Hears that incidents were written, on a thread of the pool: return at once.</summary>
    public event Action? IncidentsKept;

    /// <inheritdoc />
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RestoreAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // A history that cannot be read must not keep the monitor from watching.
            LogNotRestored(failure);
        }

        monitor.Sampled += OnSampled;
        monitor.IncidentChanged += OnIncidentChanged;
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc />
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        monitor.Sampled -= OnSampled;
        monitor.IncidentChanged -= OnIncidentChanged;
        await TryWriteAsync(cancellationToken);
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        _news.Dispose();
        base.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(WriteInterval, time);
        try
        {
            var tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
            var news = _news.WaitAsync(stoppingToken);
            while (true)
            {
                // Samples may wait; whoever is woken at night may not.
                await await Task.WhenAny(tick, news);
                await TryWriteAsync(stoppingToken);
                tick = tick.IsCompleted ? timer.WaitForNextTickAsync(stoppingToken).AsTask() : tick;
                news = news.IsCompleted ? _news.WaitAsync(stoppingToken) : news;
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            LogStopped();
        }
    }

    private async Task RestoreAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var samples = await archive.ReadSamplesAsync(now - KeepSamples, cancellationToken);
        foreach (var component in samples)
        {
            _hours[component.Key] = [.. component.Where(point => point.At >= StartOf(now, BucketLength.Hour))];
        }

        var kept = await incidents.ListAsync(new IncidentQuery(Limit: 1_000), cancellationToken);
        var open = await incidents.ListAsync(new IncidentQuery(State: IncidentState.Open, Limit: 1_000), cancellationToken);
        var taken = await incidents.ListAsync(new IncidentQuery(State: IncidentState.Acknowledged, Limit: 1_000), cancellationToken);
        monitor.Restore(samples, [.. kept.Concat(open).Concat(taken).Select(one => one.Incident).DistinctBy(incident => incident.Id)]);
    }

    private void OnSampled(ProbeResult sample)
    {
        if (_samples.Count < MostWaiting)
        {
            _samples.Enqueue(sample);
        }
    }

    private void OnIncidentChanged(Incident incident)
    {
        _changed[incident.Id] = incident;
        _news.Release();
    }

    private async Task TryWriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // Tried again at the next turn; what waits is bounded.
            LogNotWritten(failure);
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        var samples = new List<ProbeResult>();
        while (samples.Count < MostWaiting && _samples.TryDequeue(out var sample))
        {
            samples.Add(sample);
        }

        try
        {
            if (samples.Count > 0)
            {
                await archive.WriteAsync(samples, RollUp(samples), cancellationToken);
            }
        }
        catch (Exception)
        {
            samples.ForEach(OnSampled);
            throw;
        }

        var changed = _changed.Values.ToList();
        if (changed.Count > 0)
        {
            await unitOfWork.RunAsync(token => KeepAsync(changed, token), static _ => true, cancellationToken);
            herald.Begin();
            foreach (var incident in changed)
            {
                _changed.TryRemove(new KeyValuePair<Guid, Incident>(incident.Id, incident));
            }

            IncidentsKept?.Invoke();
        }

        var now = time.GetUtcNow();
        if (now - _trimmedAt > TrimInterval)
        {
            await archive.TrimAsync(now - KeepSamples, now - KeepBuckets, cancellationToken);
            _trimmedAt = now;
        }
    }

    private async Task<bool> KeepAsync(List<Incident> changed, CancellationToken cancellationToken)
    {
        foreach (var incident in changed)
        {
            var before = await incidents.FindAsync(incident.Id, cancellationToken);
            await herald.KeepAsync(incident, IncidentChanges.Since(before?.Incident, incident), before?.Acknowledgement, cancellationToken);
        }

        await incidents.KeepAsync(changed, cancellationToken);
        return true;
    }

    /// <summary>The minutes and hours that samples belong to, as they are with them.</summary>
    private List<KeptBucket> RollUp(List<ProbeResult> samples)
    {
        var buckets = new Dictionary<(string, BucketLength, DateTimeOffset), KeptBucket>();
        foreach (var component in samples.GroupBy(sample => sample.ComponentId, StringComparer.Ordinal))
        {
            if (!_hours.TryGetValue(component.Key, out var hour))
            {
                _hours[component.Key] = hour = [];
            }

            foreach (var sample in component)
            {
                var start = StartOf(sample.CheckedAt, BucketLength.Hour);
                hour.RemoveAll(point => StartOf(point.At, BucketLength.Hour) != start || point.At == sample.CheckedAt);
                hour.Add(new(sample.CheckedAt, sample.Status is ComponentStatus.Healthy or ComponentStatus.Degraded ? sample.LatencyMs : null, sample.Status));
                foreach (var length in Enum.GetValues<BucketLength>())
                {
                    var from = StartOf(sample.CheckedAt, length);
                    buckets[(component.Key, length, from)] = new(component.Key, length, LatencyBucket.Of(from, [.. hour.Where(point => StartOf(point.At, length) == from)]));
                }
            }
        }

        return [.. buckets.Values];
    }

    private static DateTimeOffset StartOf(DateTimeOffset at, BucketLength length) =>
        new(at.UtcTicks - (at.UtcTicks % ((int)length * TimeSpan.TicksPerSecond)), TimeSpan.Zero);

    [LoggerMessage(3011, LogLevel.Error, "What was measured before the restart could not be read; the history begins anew in memory")]
    private partial void LogNotRestored(Exception failure);

    [LoggerMessage(3012, LogLevel.Warning, "What was measured could not be written; it is tried again")]
    private partial void LogNotWritten(Exception failure);

    [LoggerMessage(3013, LogLevel.Debug, "The recorder of health stops")]
    private partial void LogStopped();
}
