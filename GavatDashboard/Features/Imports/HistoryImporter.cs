using System.Globalization;
using System.Threading.Channels;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Imports;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Imports;

/// <summary>
/// Takes a history file into the ledger. The lines of one user are written one after another; many users are written at once,
/// so that the ledger can group their commits. What was written before is recognised by its key and not written again.
/// </summary>
internal sealed class HistoryImporter(ILedgerWriter writer, IOptions<ImportsOptions> options, TimeProvider time)
{
    // Far enough for a lane to be busy while the reader serves the others, and no more: the file is not held in memory.
    private const int LinesWaitingInLane = 32;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);

    /// <summary>Reads the stream to its end and writes all of it.</summary>
    /// <param name="job">Keeps the counts.</param>
    /// <param name="file">The file's content.</param>
    /// <param name="cancellationToken">Ends the import; what has been written stays.</param>
    /// <exception cref="StoreUnavailableException">The ledger took no writes for longer than the import is willing to wait.</exception>
    public async Task RunAsync(ImportJob job, Stream file, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var lanes = new Channel<Work>[options.Value.UsersInFlight];
        var workers = new Task[lanes.Length];
        for (var i = 0; i < lanes.Length; i++)
        {
            lanes[i] = Channel.CreateBounded<Work>(new BoundedChannelOptions(LinesWaitingInLane) { SingleReader = true, SingleWriter = true });
            workers[i] = WorkAsync(job, lanes[i].Reader, stop);
        }

        try
        {
            await ReadAsync(job, file, lanes, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Either the caller ends the import, or a worker has failed: awaiting the workers tells which.
        }
        finally
        {
            foreach (var lane in lanes)
            {
                lane.Writer.TryComplete();
            }
        }

        await Task.WhenAll(workers);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task ReadAsync(ImportJob job, Stream file, Channel<Work>[] lanes, CancellationToken cancellationToken)
    {
        var parser = job.CreateParser(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(1));
        var reader = new LineReader(file, options.Value.MaxLineBytes);
        var ordinals = new LineOrdinals();
        while (await reader.ReadAsync(cancellationToken) is { } raw)
        {
            switch (parser.Parse(raw))
            {
                case HistoryLine.Accepted line:
                    await LaneOf(lanes, line.User.Id).Writer.WriteAsync(new Work(line.User, line, ordinals.Next(line.Identity)), cancellationToken);
                    break;
                case HistoryLine.Rejected line:
                    job.LineRejected(line.Number, line.Reason);
                    if (line.User is { } user)
                    {
                        await LaneOf(lanes, user.Id).Writer.WriteAsync(new Work(user, null, 0), cancellationToken);
                    }

                    break;
                case HistoryLine.Skipped { IsBlank: false }:
                    job.LeaveOut();
                    break;
            }
        }
    }

    private static Channel<Work> LaneOf(Channel<Work>[] lanes, string userId) =>
        lanes[(uint)string.GetHashCode(userId, StringComparison.Ordinal) % (uint)lanes.Length];

    private async Task WorkAsync(ImportJob job, ChannelReader<Work> lane, CancellationTokenSource stop)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            await foreach (var work in lane.ReadAllAsync(stop.Token))
            {
                if (known.Add(work.User.Id) && await CreateUserAsync(job, work.User, stop.Token) is { } refused)
                {
                    known.Remove(work.User.Id);
                    if (work.Line is not null)
                    {
                        job.LineRejected(work.Line.Number, refused.Message);
                    }
                }
                else if (work.Line is not null)
                {
                    await PostAsync(job, work.Line, work.Ordinal, stop.Token);
                }
            }
        }
        catch
        {
            // One lane that cannot go on ends the import, or the reader would wait for it for ever.
            await stop.CancelAsync();
            throw;
        }
    }

    private async Task<Refusal?> CreateUserAsync(ImportJob job, HistoryUser user, CancellationToken cancellationToken)
    {
        var create = new CreateUser
        {
            IdempotencyKey = $"import:user:{user.Id}",
            Actor = job.LedgerActor,
            UserId = user.Id,
            Username = user.Username,
            RegisteredAt = user.FirstSeenAt,
        };
        switch (await WriteAsync(create, cancellationToken))
        {
            case OperationResult.UserCreated:
                job.UserCreated();
                return null;
            case OperationResult.Refused { Refusal: { Code: not Refusal.UserExists } refusal }:
                return refusal;
            default:
                return null;
        }
    }

    private async Task PostAsync(ImportJob job, HistoryLine.Accepted line, int ordinal, CancellationToken cancellationToken)
    {
        var isNew = false;
        foreach (var posting in line.Postings)
        {
            var post = new PostCoins
            {
                IdempotencyKey = string.Create(CultureInfo.InvariantCulture, $"import:{line.Source}:{line.Identity}:{ordinal}:{posting.Suffix}"),
                Actor = job.LedgerActor,
                UserId = line.User.Id,
                Type = posting.Type,
                Amount = posting.Amount,
                Description = posting.Description,
                EffectiveAt = line.At,
            };
            switch (await WriteAsync(post, cancellationToken))
            {
                case OperationResult.Posted { Replayed: true }:
                    break;
                case OperationResult.Posted:
                    isNew = true;
                    job.EntryPosted();
                    break;
                case OperationResult.Refused refused:
                    job.LineRejected(line.Number, $"{posting.Type.Code}: {refused.Refusal.Message}");
                    return;
                case var other:
                    throw new InvalidOperationException($"A posting was answered with {other.GetType().Name}.");
            }
        }

        job.LineDone(isNew);
    }

    /// <summary>Writes, and waits out a ledger that is busy or in failover; the key makes sending again harmless.</summary>
    private async Task<OperationResult> WriteAsync(LedgerOperation operation, CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        var patience = TimeSpan.FromSeconds(options.Value.OutagePatienceSeconds);
        for (var wait = FirstRetry; ; wait = wait * 2 < LongestRetry ? wait * 2 : LongestRetry)
        {
            try
            {
                return await writer.WriteAsync(operation, cancellationToken);
            }
            catch (LedgerBusyException busy) when (time.GetElapsedTime(startedAt) < patience)
            {
                await Task.Delay(busy.RetryAfter, time, cancellationToken);
            }
            catch (StoreUnavailableException) when (time.GetElapsedTime(startedAt) < patience)
            {
                await Task.Delay(wait, time, cancellationToken);
            }
        }
    }

    /// <summary>What a lane does next.</summary>
    /// <param name="User">Created where it is missing.</param>
    /// <param name="Line">What to post, or null for nothing.</param>
    /// <param name="Ordinal">Which of the lines with the same identity it is, from 1.</param>
    private sealed record Work(HistoryUser User, HistoryLine.Accepted? Line, int Ordinal);
}
