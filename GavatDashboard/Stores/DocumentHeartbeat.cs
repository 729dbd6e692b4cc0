using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using GavatDashboard.Features.Projection;

namespace GavatDashboard.Stores;

/// <summary>
/// The document store's sign of life: a document is upserted and read back. The latency that counts is that of an aggregation
/// over the newest entries: a fixed number of them, so that it tells of the store and not of how many there are.
/// </summary>
internal sealed class DocumentHeartbeat(IDocumentStore documents, IProjectionStatus projections, TimeProvider time) : IStoreHeartbeat
{
    private const double BehindForSeconds = 30;
    private const int AggregatedEntries = 1_000;

    /// <summary>Counting goes through everything; where that takes long it is done seldom.</summary>
    private const int CountingShare = 200;
    private static readonly TimeSpan FiguresInterval = TimeSpan.FromSeconds(30);
    private StoreDescription? _description;
    private IReadOnlyDictionary<string, long> _counts = new Dictionary<string, long>();
    private long _figuresAt;
    private TimeSpan _figuresFor = FiguresInterval;

    public string ComponentId => ComponentIds.MongoDb;

    public async Task<HeartbeatReading> BeatAsync(CancellationToken cancellationToken)
    {
        // Documents hold whole milliseconds.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        if (await documents.BeatAsync(now, cancellationToken) is var read && read != now)
        {
            throw new InvalidDataException($"The document store returned {read:O} where {now:O} was written.");
        }

        var through = (await documents.ReadMarkAsync(cancellationToken))?.Cursor ?? 0;
        var started = Stopwatch.GetTimestamp();
        await documents.SumEntriesAsync(Math.Max(0, through - AggregatedEntries), through, cancellationToken);
        var latency = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        if (_description is null || Stopwatch.GetElapsedTime(_figuresAt) > _figuresFor)
        {
            var counting = Stopwatch.GetTimestamp();
            _description = await documents.DescribeAsync(cancellationToken);
            _counts = await documents.CountAsync(cancellationToken);
            _figuresAt = Stopwatch.GetTimestamp();
            var took = Stopwatch.GetElapsedTime(counting, _figuresAt) * CountingShare;
            _figuresFor = took > FiguresInterval ? took : FiguresInterval;
        }

        return Reading(_description, latency);
    }

    private HeartbeatReading Reading(StoreDescription description, double latency)
    {
        var details = new Dictionary<string, string>(StringComparer.Ordinal) { ["version"] = description.Version };
        foreach (var (collection, count) in _counts)
        {
            details[collection] = count.ToString(CultureInfo.InvariantCulture);
        }

        string? limitation = null;
        if (projections.Read().FirstOrDefault(status => status.Consumer == "mongodb") is { } copy)
        {
            details["lagEvents"] = copy.LagEvents.ToString(CultureInfo.InvariantCulture);
            details["lagSeconds"] = copy.LagSeconds(time.GetUtcNow()).ToString("0.0", CultureInfo.InvariantCulture);
            limitation = copy switch
            {
                { Phase: ProjectionPhase.Waiting, Error: { } error } => $"the copy of the ledger waits: {error}",
                { Phase: ProjectionPhase.Rebuilding } => "the copy of the ledger is being made anew",
                _ when copy.LagSeconds(time.GetUtcNow()) > BehindForSeconds => string.Create(
                    CultureInfo.InvariantCulture, $"the copy is {copy.LagEvents:N0} events behind the ledger"),
                _ => null,
            };
        }

        return new HeartbeatReading
        {
            Product = description.Title, StandIn = description.StandInFor, Limitation = limitation, LatencyMs = latency, Details = details,
        };
    }
}
