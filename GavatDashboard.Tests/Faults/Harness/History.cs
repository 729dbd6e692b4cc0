using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;

namespace GavatDashboard.Tests.Faults.Harness;

/// <summary>
/// What callers asked for and what they were told, as lines in a file that are on the disk before the caller goes on. It is all that is
/// believed at the end; nothing of it comes from the application's own memory.
/// </summary>
internal sealed class History : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = { new JsonStringEnumConverter() } };

    private readonly Channel<Waiting> queue = Channel.CreateUnbounded<Waiting>(new UnboundedChannelOptions { SingleReader = true });
    private readonly long started = Stopwatch.GetTimestamp();
    private readonly FileStream file;
    private readonly Task writing;

    public History(string path)
    {
        Path = path;
        file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        writing = Task.Run(WriteAsync);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Milliseconds since it was begun; monotonic.</summary>
    public double Now => Stopwatch.GetElapsedTime(started).TotalMilliseconds;

    /// <summary>Adds a line; it is on the disk when this returns.</summary>
    public Task AddAsync(HistoryLine line)
    {
        var waiting = new Waiting(line with { AtMs = Now });
        return queue.Writer.TryWrite(waiting) ? waiting.Written.Task : throw new InvalidOperationException("The history is closed.");
    }

    /// <summary>Every line so far, from the file.</summary>
    public IReadOnlyList<HistoryLine> Read()
    {
        using var reader = new StreamReader(new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        List<HistoryLine> lines = [];
        while (reader.ReadLine() is { } text)
        {
            lines.Add(JsonSerializer.Deserialize<HistoryLine>(text, Json)!);
        }

        return lines;
    }

    public async ValueTask DisposeAsync()
    {
        queue.Writer.Complete();
        await writing;
        await file.DisposeAsync();
    }

    private async Task WriteAsync()
    {
        List<Waiting> batch = [];
        while (await queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < 256 && queue.Reader.TryRead(out var next))
            {
                batch.Add(next);
                await file.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(next.Line, Json));
                file.WriteByte((byte)'\n');
            }

            // One flush to the disk for all that wait.
            file.Flush(flushToDisk: true);
            batch.ForEach(waiting => waiting.Written.SetResult());
        }
    }

    private sealed record Waiting(HistoryLine Line)
    {
        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>What a line of the history is about.</summary>
internal enum HistoryEvent
{
    /// <summary>A request is about to be sent.</summary>
    Invoke,

    /// <summary>It was acknowledged.</summary>
    Ok,

    /// <summary>It was refused for good: nothing was done.</summary>
    Refused,

    /// <summary>It was not done, and may be sent again.</summary>
    Failed,

    /// <summary>No answer came, or one that leaves it open.</summary>
    Unknown,

    /// <summary>An answer contradicts an earlier one.</summary>
    Contradiction,
}

/// <summary>A line of the history.</summary>
internal sealed record HistoryLine
{
    /// <summary>Milliseconds since the history was begun.</summary>
    public double AtMs { get; init; }

    public required HistoryEvent Event { get; init; }

    /// <summary>The idempotency key.</summary>
    public required string Key { get; init; }

    public required string User { get; init; }

    /// <summary>The type of the entry; <c>activity</c> and <c>create</c> make none.</summary>
    public required string Type { get; init; }

    /// <summary>Signed coins.</summary>
    public long Amount { get; init; }

    /// <summary>Of an acknowledged entry: its id.</summary>
    public Guid? Entry { get; init; }

    /// <summary>Of an acknowledged entry: the balance after it.</summary>
    public long? After { get; init; }

    /// <summary>What was answered otherwise.</summary>
    public string? Note { get; init; }
}
