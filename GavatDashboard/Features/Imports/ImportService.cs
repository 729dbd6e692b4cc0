using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using GavatDashboard.Features.Audit;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Imports;

/// <summary>Takes files of history, tells how their imports stand, and ends them.</summary>
public sealed class ImportService
{
    private const int LongestFileName = 200;
    private readonly ImportSpool _spool;
    private readonly IImportLog _log;
    private readonly IAuditLog _audit;
    private readonly ImportsOptions _options;
    private readonly TimeProvider _time;
    private readonly Channel<ImportJob> _queue;
    private readonly ConcurrentDictionary<string, ImportJob> _jobs = new(StringComparer.Ordinal);

    internal ImportService(ImportSpool spool, IImportLog log, IAuditLog audit, IOptions<ImportsOptions> options, TimeProvider time)
    {
        _spool = spool;
        _log = log;
        _audit = audit;
        _options = options.Value;
        _time = time;
        _queue = Channel.CreateBounded<ImportJob>(new BoundedChannelOptions(_options.QueueLimit) { SingleReader = true });
    }

    /// <summary>Raised on the import's thread, at most twice a second for a running import and once at its end: return at once.</summary>
    public event Action<ImportStatus>? Changed;

    /// <summary>The largest file that is taken, in bytes.</summary>
    public long MaxFileBytes => _options.MaxFileBytes;

    internal ChannelReader<ImportJob> Queue => _queue.Reader;

    /// <summary>Keeps a file and puts its import in the queue.</summary>
    /// <param name="content">The file's content; read to its end.</param>
    /// <param name="fileName">Its name, for the record; null where it has none.</param>
    /// <param name="format">The kind of file.</param>
    /// <param name="actor">Who sends it.</param>
    /// <param name="cancellationToken">Gives up before the import is queued.</param>
    public async Task<ImportSubmission> SubmitAsync(
        Stream content, string? fileName, ImportFormat format, string actor, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7().ToString();
        if (await _spool.KeepAsync(id, content, _options.MaxFileBytes, cancellationToken) is not { } file)
        {
            return new ImportSubmission.TooLarge(_options.MaxFileBytes);
        }

        if (file.Lines == 0)
        {
            ImportSpool.Drop(file.Path);
            return new ImportSubmission.Empty();
        }

        var status = new ImportStatus
        {
            Id = id,
            State = ImportState.Running,
            Format = format,
            FileName = CleanName(fileName),
            FileBytes = file.Bytes,
            Actor = actor,
            SubmittedAt = _time.GetUtcNow(),
            TotalLines = file.Lines,
        };
        var job = new ImportJob(status, file.Path, _options.RejectedKept, _time);
        try
        {
            await _audit.AppendAsync(actor, "import.submitted", $"import:{id}", null, JsonSerializer.Serialize(new { status.FileName, status.FileBytes, status.TotalLines, format = format.ToString() }), cancellationToken);
            await _log.SaveAsync(status, cancellationToken);
        }
        catch
        {
            ImportSpool.Drop(file.Path);
            job.Dispose();
            throw;
        }

        _jobs[id] = job;
        if (_queue.Writer.TryWrite(job))
        {
            Changed?.Invoke(status);
            return new ImportSubmission.Queued(status);
        }

        await EndAsync(job, ImportState.Failed, "Too many imports were waiting. Send the file again later.", cancellationToken);
        return new ImportSubmission.Busy(_options.QueueLimit);
    }

    /// <summary>An import as it stands, or null where there never was one with that id.</summary>
    public async Task<ImportStatus?> FindAsync(string id, CancellationToken cancellationToken) =>
        _jobs.TryGetValue(id, out var job) ? job.Describe() : await _log.FindAsync(id, cancellationToken);

    /// <summary>Imports, the newest first, without their rejected lines.</summary>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<IReadOnlyList<ImportStatus>> ListAsync(int limit, CancellationToken cancellationToken) =>
        [.. (await _log.ListAsync(limit, cancellationToken)).Select(kept => _jobs.TryGetValue(kept.Id, out var job) ? job.Describe() : kept)];

    /// <summary>Ends an import that waits or runs. What it has posted stays; the file can be sent again.</summary>
    /// <returns>Whether there was such an import.</returns>
    public async Task<bool> CancelAsync(string id, string actor, CancellationToken cancellationToken)
    {
        if (!_jobs.TryGetValue(id, out var job))
        {
            return false;
        }

        await _audit.AppendAsync(actor, "import.cancelled", $"import:{id}", null, null, cancellationToken);
        job.Cancel();
        return true;
    }

    internal void Publish(ImportJob job) => Changed?.Invoke(job.Describe());

    internal async Task EndAsync(ImportJob job, ImportState state, string? error, CancellationToken cancellationToken)
    {
        job.End();
        var status = job.Describe(state, error);
        await _log.SaveAsync(status, cancellationToken);
        _jobs.TryRemove(job.Id, out _);
        ImportSpool.Drop(job.Path);
        Changed?.Invoke(status);
    }

    /// <summary>Marks what a process that has ended left running, and removes its files.</summary>
    internal async Task CleanUpAsync(CancellationToken cancellationToken)
    {
        foreach (var status in await _log.ListRunningAsync(cancellationToken))
        {
            if (!_jobs.ContainsKey(status.Id))
            {
                await _log.SaveAsync(status with { State = ImportState.Failed, Error = ImportRunner.Interrupted, EndedAt = _time.GetUtcNow() }, cancellationToken);
            }
        }
    }

    // The name is shown to people and logged: its folder and control characters are of no use there.
    private static string? CleanName(string? fileName)
    {
        var name = new string([.. Path.GetFileName(fileName ?? string.Empty).Where(c => !char.IsControl(c))]);
        return name.Length == 0 ? null : name.Length <= LongestFileName ? name : name[..LongestFileName];
    }
}

/// <summary>What became of a file that was sent.</summary>
public abstract record ImportSubmission
{
    private ImportSubmission()
    {
    }

    /// <summary>Its import waits for its turn.</summary>
    public sealed record Queued(ImportStatus Status) : ImportSubmission;

    /// <summary>It holds nothing.</summary>
    public sealed record Empty : ImportSubmission;

    /// <summary>It is larger than allowed.</summary>
    public sealed record TooLarge(long MaxBytes) : ImportSubmission;

    /// <summary>Too many imports wait.</summary>
    public sealed record Busy(int Waiting) : ImportSubmission;
}
