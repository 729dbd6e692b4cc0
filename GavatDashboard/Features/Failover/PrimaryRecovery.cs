using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Failover;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Sql;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Failover;

/// <summary>
/// Brings the primary to where the fallback stands, and gives the writes back. The primary's own head is the cursor: it moves
/// in the transaction that writes, so that a recovery that dies goes on from there.
/// </summary>
internal sealed class PrimaryRecovery(IPrimaryControl primary, FallbackControl fallback, LedgerStores stores, IOptions<FailoverOptions> options, TimeProvider time)
{
    /// <summary>Batches that are joined to one transaction at most, and operations in them.</summary>
    private const int BatchesAtOnce = 512;
    private const int OperationsAtOnce = 2_000;

    /// <summary>About 200 ms of work: what is left for the time in which writes wait.</summary>
    private const int TailBatches = 16;

    private readonly FailoverOptions _options = options.Value;

    /// <summary>Fences the primary, finds where it stands, and writes what it lacks, but for a small tail.</summary>
    /// <param name="run">What is found and done.</param>
    /// <param name="cancellationToken">Stops it between two steps.</param>
    /// <exception cref="SupersededException">The primary has another owner.</exception>
    /// <exception cref="LedgerMismatchException">The ledgers differ.</exception>
    /// <exception cref="StoreUnavailableException">The primary failed again.</exception>
    public async Task CatchUpAsync(RecoveryRun run, CancellationToken cancellationToken)
    {
        run.Report("fencing", 0, 0);
        run.Head = await FenceAsync(run, cancellationToken);
        primary.ForgetConnections();
        await LocateAsync(run, cancellationToken);
        run.TotalBefore = await LedgerComparison.SumAsync(stores.PrimaryStorage, cancellationToken);
        await ReplayAsync(run, downTo: TailBatches, cancellationToken);
        run.Report("comparing", 0, 0);
        var compared = await LedgerComparison.RunAsync(
            stores.PrimaryStorage, stores.FallbackStorage, head => ReplayToAsync(run, head, cancellationToken), cancellationToken);
        if (compared.Difference is { } difference)
        {
            throw new LedgerMismatchException(difference);
        }

        run.Found(compared);

        await ReplayAsync(run, downTo: TailBatches, cancellationToken);
    }

    /// <summary>Writes the tail and lets the primary record the next epoch as its own: that row is the decision. Writes must be held.</summary>
    /// <param name="run">The run that caught up.</param>
    /// <param name="epoch">The next epoch; it is persisted already.</param>
    /// <param name="cancellationToken">Gives up; it is then not known whether the primary recorded it.</param>
    public async Task HandOverAsync(RecoveryRun run, long epoch, CancellationToken cancellationToken)
    {
        run.Report("switching", 0, 0);
        await ReplayAsync(run, downTo: 0, cancellationToken);
        var end = (await fallback.ReadHeadAsync(cancellationToken)).Head;
        if (await LedgerComparison.FindDifferenceAsync(stores.Primary, stores.Fallback, run.Touched, cancellationToken) is { } difference)
        {
            throw new LedgerMismatchException(difference);
        }

        string? refusal = null;
        await primary.ChangeReignAsync(
            found =>
            {
                refusal = RecoveryPlan.FindFence(found.Head.Epoch, found.Owner, run.Epoch, run.Instance);
                if (refusal is not null || RecoveryPlan.FindDifference(found.Head, end, null) is not null)
                {
                    refusal ??= $"The primary ends at revision {found.Head.Revision}, the fallback at {end.Revision}.";
                    return null;
                }

                return new Reign(epoch, run.Instance, ControlledHead.Primary, epoch - 1);
            },
            cancellationToken);
        if (refusal is not null)
        {
            throw new LedgerMismatchException(refusal);
        }

        run.Head = end with { Epoch = epoch };
    }

    private async Task<LedgerHead> FenceAsync(RecoveryRun run, CancellationToken cancellationToken)
    {
        using var step = Step(cancellationToken);
        await primary.EndWritersAsync(step.Token).WaitAsync(step.Token);
        string? fence = null;
        var found = await primary.ChangeReignAsync(
            head =>
            {
                fence = RecoveryPlan.FindFence(head.Head.Epoch, head.Owner, run.Epoch, run.Instance);
                return fence is null ? new Reign(run.Epoch, run.Instance, ControlledHead.Fallback, Math.Max(head.ClosedEpoch, run.Epoch - 1)) : null;
            },
            step.Token).WaitAsync(step.Token);
        return fence is null ? found.Head : throw new SupersededException(fence);
    }

    private async Task LocateAsync(RecoveryRun run, CancellationToken cancellationToken)
    {
        var start = await fallback.Replay.FindStartAsync(cancellationToken) ?? (await fallback.ReadHeadAsync(cancellationToken)).Head;
        var same = await fallback.Replay.FindHeadAsync(run.Head.Revision, cancellationToken);
        if (RecoveryPlan.FindDifference(run.Head, start, same) is { } difference)
        {
            throw new LedgerMismatchException(difference);
        }

        var (_, all) = await fallback.Replay.CountAsync(-1, cancellationToken);
        var (_, left) = await fallback.Replay.CountAsync(run.Head.Revision, cancellationToken);
        run.AlreadyThere = all - left;
    }

    private async Task ReplayAsync(RecoveryRun run, int downTo, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (batches, operations) = await fallback.Replay.CountAsync(run.Head.Revision, cancellationToken);
            run.Left(batches, operations);
            if (batches <= downTo)
            {
                return;
            }

            if (downTo > 0)
            {
                run.Report("replaying", run.Replayed, run.Replayed + operations);
            }

            await WriteNextAsync(run, long.MaxValue, cancellationToken);
        }
    }

    private async Task ReplayToAsync(RecoveryRun run, LedgerHead head, CancellationToken cancellationToken)
    {
        while (run.Head.Revision < head.Revision)
        {
            await WriteNextAsync(run, head.Revision, cancellationToken);
        }
    }

    private async Task WriteNextAsync(RecoveryRun run, long through, CancellationToken cancellationToken)
    {
        var next = (await fallback.Replay.ReadAsync(run.Head.Revision, BatchesAtOnce, cancellationToken)).TakeWhile(batch => batch.After.Revision <= through).ToList();
        var operations = 0;
        var count = next.TakeWhile(batch => (operations += ReplayLog.OperationsOf(batch)) <= OperationsAtOnce).Count();
        next = next[..Math.Clamp(count, 1, next.Count)];
        using var step = Step(cancellationToken);
        // The batches were decided under earlier epochs; they are written under the one that was fenced for them.
        var joined = LedgerDelta.Join(next);
        await primary.WriteAsync(joined with { Before = joined.Before with { Epoch = run.Epoch } }, step.Token).WaitAsync(step.Token);
        run.Wrote(next);
    }

    private CancellationTokenSource Step(CancellationToken cancellationToken)
    {
        var step = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        step.CancelAfter(_options.StepTimeout);
        return step;
    }

    /// <summary>When a run began.</summary>
    public RecoveryRun Begin(string instance, long epoch, Action<RecoveryRun> changed) => new(instance, epoch, time.GetUtcNow(), changed);
}

/// <summary>Another owner, or a higher epoch, is in the primary.</summary>
internal sealed class SupersededException(string reason) : Exception(reason);

/// <summary>The two ledgers differ; the message names the first difference.</summary>
internal sealed class LedgerMismatchException(string difference) : Exception(difference);
