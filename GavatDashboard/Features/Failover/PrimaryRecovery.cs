using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Failover;
using GavatDashboard.Stores.Sql;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Failover;

/// <summary>
/// Brings the primary to where the fallback stands, and gives the writes back. The primary's own head is the cursor: it moves
/// in the transaction that writes, so that a recovery that dies goes on from there.
/// </summary>
internal sealed class PrimaryRecovery(
    IPrimaryControl primary, FallbackControl fallback, LedgerStores stores, WriteBrake brake, IOptions<FailoverOptions> options, TimeProvider time)
{
    /// <summary>Operations that are looked up at once, more or less.</summary>
    private const int LookedUpAtOnce = 2_000;

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
            stores.PrimaryStorage,
            stores.FallbackStorage,
            async head =>
            {
                await ReplayToAsync(run, head, cancellationToken);
                await LookUpAsync(run, head.Revision, cancellationToken);
            },
            cancellationToken);
        if (compared.Difference is { } difference)
        {
            throw new LedgerMismatchException(difference);
        }

        run.Agreed(compared);
        do
        {
            await ReplayAsync(run, downTo: TailBatches, cancellationToken);
            await LookUpAsync(run, run.Head.Revision, cancellationToken);
        }
        while ((await fallback.Replay.CountAsync(run.Head.Revision, cancellationToken)).Batches > TailBatches);

        // What the file's log has gathered is copied back now, and not by a commit that others wait for.
        await fallback.CheckpointAsync(cancellationToken);
    }

    /// <summary>Writes the tail and lets the primary record the next epoch as its own: that row is the decision. Writes must be held.</summary>
    /// <param name="run">The run that caught up.</param>
    /// <param name="epoch">The next epoch; it is persisted already.</param>
    /// <param name="cancellationToken">Gives up; it is then not known whether the primary recorded it.</param>
    public async Task HandOverAsync(RecoveryRun run, long epoch, CancellationToken cancellationToken)
    {
        run.Report("switching", 0, 0);
        var clock = new LapClock(time);
        await ReplayAsync(run, downTo: 0, cancellationToken);
        var writtenMs = clock.LapMs();
        var end = (await fallback.ReadHeadAsync(cancellationToken)).Head;
        run.FallbackEnd = end;
        var comparing = LedgerComparison.FindDifferenceAsync(stores.Primary, stores.Fallback, run.Touched, cancellationToken);
        await Task.WhenAll(comparing, LookUpAsync(run, end.Revision, cancellationToken));
        if (await comparing is { } difference)
        {
            throw new LedgerMismatchException(difference);
        }

        var comparedMs = clock.LapMs();
        string? refusal = null;
        await primary.ChangeReignAsync(
            found =>
            {
                run.PrimaryEnd = found.Head;
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
        run.SwitchTimes = new SwitchTimes(0, writtenMs, comparedMs, clock.LapMs(), 0);
    }

    private async Task<LedgerHead> FenceAsync(RecoveryRun run, CancellationToken cancellationToken)
    {
        using var step = Step(cancellationToken);
        await primary.EndWritersAsync(ofAllInstances: false, step.Token).WaitAsync(step.Token);
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
        var clock = new LapClock(time);
        var written = 0L;
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
                run.Pace.Wrote(written, TimeSpan.FromMilliseconds(clock.LapMs()), operations);
                brake.SlowTo(run.Pace.NewPerSecond);
                run.Report("replaying", run.Replayed, run.Replayed + operations);
            }

            written = await WriteNextAsync(run, long.MaxValue, cancellationToken);
        }
    }

    /// <summary>Looks what the fallback keeps up in the primary, as it is there and not as it was sent.</summary>
    /// <exception cref="LedgerMismatchException">The primary does not hold all of it.</exception>
    private async Task LookUpAsync(RecoveryRun run, long through, CancellationToken cancellationToken)
    {
        string? missing = null;
        while (run.LookedUpThrough < through)
        {
            var kept = await fallback.Replay.ReadAsync(run.LookedUpThrough, through, LookedUpAtOnce, cancellationToken);
            if (kept.Count == 0)
            {
                break;
            }

            var found = await KeptComparison.FindAsync(stores.PrimaryStorage, kept, cancellationToken);
            run.LookedUp(kept, found);
            missing ??= found.Missing;
        }

        if (missing is not null)
        {
            throw new LedgerMismatchException($"The primary does not hold {run.Kept - run.Found} of {run.Kept} acknowledged operations, first {missing}.");
        }
    }

    private async Task ReplayToAsync(RecoveryRun run, LedgerHead head, CancellationToken cancellationToken)
    {
        while (run.Head.Revision < head.Revision)
        {
            await WriteNextAsync(run, head.Revision, cancellationToken);
        }
    }

    private async Task<long> WriteNextAsync(RecoveryRun run, long through, CancellationToken cancellationToken)
    {
        var next = await fallback.Replay.ReadAsync(run.Head.Revision, through, run.Pace.OperationsAtOnce, cancellationToken);
        using var step = Step(cancellationToken);
        // The batches were decided under earlier epochs; they are written under the one that was fenced for them.
        var joined = LedgerDelta.Join(next);
        await primary.WriteAsync(joined with { Before = joined.Before with { Epoch = run.Epoch } }, step.Token).WaitAsync(step.Token);
        var before = run.Replayed;
        run.Wrote(next);
        return run.Replayed - before;
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
