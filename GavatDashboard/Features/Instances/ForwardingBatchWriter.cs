using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;

namespace GavatDashboard.Features.Instances;

/// <summary>
/// Sends each batch to the instance that owns the ledger. Where an answer is lost it is sent again: its operations carry their keys, so
/// that they are done once, and whoever owns the ledger by then gives the first answer.
/// </summary>
internal sealed class ForwardingBatchWriter(InstanceDirectory directory, InstanceClient client, TimeProvider time) : IBatchForwarder, IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    // One batch at a time, in their order, as the ledger would write them.
    private readonly SemaphoreSlim _turn = new(1, 1);

    public async Task<LedgerCommit> WriteAsync(IReadOnlyList<LedgerOperation> operations, TimeSpan atMost, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await SendUntilAnsweredAsync(operations, atMost, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<LedgerCommit> SendUntilAnsweredAsync(IReadOnlyList<LedgerOperation> operations, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var (pause, mayHaveHappened) = (FirstPause, false);
        while (true)
        {
            try
            {
                return await SendAsync(operations, atMost - time.GetElapsedTime(started), cancellationToken);
            }
            catch (StoreUnavailableException failure)
            {
                mayHaveHappened |= failure.MayHaveHappened;
                // A person has to help where it is not trusted: nobody waits for that.
                if (failure.IsOwnerDistrusted || time.GetElapsedTime(started) + pause > atMost)
                {
                    throw new StoreUnavailableException(failure.Store, failure.Message, mayHaveHappened, failure) { IsOwnerAway = true, IsOwnerDistrusted = failure.IsOwnerDistrusted };
                }
            }

            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async Task<LedgerCommit> SendAsync(IReadOnlyList<LedgerOperation> operations, TimeSpan left, CancellationToken cancellationToken)
    {
        if (directory.FindOwner() is not { } owner)
        {
            throw new StoreUnavailableException(
                StoreKind.PostgreSql,
                directory.Owner.Length == 0 ? "It is not known which instance owns the ledger." : $"The address of the instance '{directory.Owner}', which owns the ledger, is not known.");
        }

        using var timeout = new CancellationTokenSource(left > FirstPause ? left : FirstPause, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            var answer = await client.AskAsync<ForwardedAnswers>(owner, HttpMethod.Post, InstanceEndpoints.Path, new ForwardedBatch(owner.Instance, operations), either.Token);
            return ToCommit(answer, operations.Count);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new StoreUnavailableException(StoreKind.PostgreSql, $"The instance '{owner.Instance}' at {owner.Address} did not answer in time.", mayHaveHappened: true);
        }
    }

    private LedgerCommit ToCommit(ForwardedAnswers answer, int expected)
    {
        if (answer.Answers.Count != expected)
        {
            throw new InvalidDataException($"{expected} operations were forwarded, and {answer.Answers.Count} were answered.");
        }

        if (answer.Answers.FirstOrDefault(each => each.Fault is not null) is { } failed)
        {
            // The others of the batch are answered when it is sent again.
            throw failed.IsBug ? new InvalidOperationException(failed.Fault) : new StoreUnavailableException(StoreKind.PostgreSql, failed.Fault!, mayHaveHappened: true);
        }

        return new LedgerCommit(
            [.. answer.Answers.Select(each => each.Result ?? throw new InvalidDataException("A forwarded operation was not answered."))],
            LedgerDelta.Nothing(LedgerHead.Empty, time.GetUtcNow()))
        {
            IsForwarded = true,
        };
    }
}

/// <summary>A batch on its way to the owner.</summary>
/// <param name="Owner">The instance that is meant; another one at its address refuses it.</param>
/// <param name="Operations">The operations, in their order.</param>
internal sealed record ForwardedBatch(string Owner, IReadOnlyList<LedgerOperation> Operations);

/// <summary>What became of a forwarded batch.</summary>
/// <param name="Answers">An answer an operation, in their order.</param>
internal sealed record ForwardedAnswers(IReadOnlyList<ForwardedAnswer> Answers);

/// <summary>What became of a forwarded operation.</summary>
/// <param name="Result">What it came to; null where nothing can be said.</param>
/// <param name="Fault">Why not; null where it came to something.</param>
/// <param name="IsBug">Whether it would fail again.</param>
internal sealed record ForwardedAnswer(OperationResult? Result, string? Fault = null, bool IsBug = false);
