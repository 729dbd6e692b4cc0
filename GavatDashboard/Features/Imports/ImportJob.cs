using GavatDashboard.Domain.Imports;

namespace GavatDashboard.Features.Imports;

/// <summary>An import on its way: its file, its counts, and the switch that ends it. Safe to use from several threads.</summary>
internal sealed class ImportJob : IDisposable
{
    private readonly ImportStatus _origin;
    private readonly int _rejectedKept;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _cancel = new();
    private readonly SortedDictionary<long, string> _rejected = [];
    private long _totalLines;
    private long _processed;
    private long _imported;
    private long _entries;
    private long _usersCreated;
    private long _duplicates;
    private long _rejectedLines;
    private long _startedAt;
    private long _endedAt;

    public ImportJob(ImportStatus origin, string path, int rejectedKept, TimeProvider time)
    {
        _origin = origin;
        _totalLines = origin.TotalLines;
        _rejectedKept = rejectedKept;
        _time = time;
        Path = path;
    }

    public string Id => _origin.Id;

    public ImportFormat Format => _origin.Format;

    /// <summary>Where the file is kept until the import ends.</summary>
    public string Path { get; }

    /// <summary>Who does it, as the ledger's entries say.</summary>
    public string LedgerActor => $"import:{Id}";

    /// <summary>Cancelled when somebody ends the import.</summary>
    public CancellationToken Cancelled => _cancel.Token;

    public void Cancel() => _cancel.Cancel();

    public void Start() => _startedAt = _time.GetTimestamp();

    public void End() => _endedAt = _time.GetTimestamp();

    /// <summary>Notes that a line is the header, so none that counts.</summary>
    public void LeaveOut() => Interlocked.Decrement(ref _totalLines);

    public void UserCreated() => Interlocked.Increment(ref _usersCreated);

    public void EntryPosted() => Interlocked.Increment(ref _entries);

    /// <summary>Notes that a line was handled.</summary>
    /// <param name="isNew">Whether an entry was posted now.</param>
    public void LineDone(bool isNew)
    {
        Interlocked.Increment(ref isNew ? ref _imported : ref _duplicates);
        Interlocked.Increment(ref _processed);
    }

    /// <summary>Notes that a line posts nothing, and why.</summary>
    public void LineRejected(long number, string reason)
    {
        lock (_gate)
        {
            _rejectedLines++;
            if (_rejected.Count < _rejectedKept)
            {
                _rejected[number] = reason;
            }
        }

        Interlocked.Increment(ref _processed);
    }

    /// <summary>The import as it stands.</summary>
    public ImportStatus Describe(ImportState state = ImportState.Running, string? error = null)
    {
        RejectedLine[] rejected;
        long rejectedLines;
        lock (_gate)
        {
            rejected = [.. _rejected.Select(line => new RejectedLine(line.Key, line.Value))];
            rejectedLines = _rejectedLines;
        }

        var processed = Interlocked.Read(ref _processed);
        var seconds = _startedAt == 0 ? 0 : _time.GetElapsedTime(_startedAt, _endedAt == 0 ? _time.GetTimestamp() : _endedAt).TotalSeconds;
        return _origin with
        {
            State = state,
            Error = error,
            EndedAt = state == ImportState.Running ? null : _time.GetUtcNow(),
            TotalLines = Interlocked.Read(ref _totalLines),
            ProcessedLines = processed,
            ImportedPurchases = Interlocked.Read(ref _imported),
            Entries = Interlocked.Read(ref _entries),
            UsersCreated = Interlocked.Read(ref _usersCreated),
            Duplicates = Interlocked.Read(ref _duplicates),
            RejectedLines = rejectedLines,
            Rejected = rejected,
            LinesPerSecond = seconds > 0 ? Math.Round(processed / seconds, 1) : 0,
        };
    }

    public void Dispose() => _cancel.Dispose();

    /// <summary>The parser that fits the file.</summary>
    /// <param name="latest">The last day (UTC) a line may be of.</param>
    public IHistoryParser CreateParser(DateOnly latest) => Format switch
    {
        ImportFormat.Cdnow => new CdnowParser(latest),
        ImportFormat.Csv => new LedgerHistoryParser(CsvRow.Split, latest),
        _ => throw new InvalidOperationException($"There is no parser for {Format}."),
    };
}
