using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Features.Failover;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Stores.Sqlite;

namespace GavatDashboard.Stores.Failover;

/// <summary>What the failover coordinator does with the fallback's file.</summary>
internal sealed class FallbackControl(
    LedgerMirror mirror, MirrorStanding standing, MirrorTakeover takeover, MirrorPromotion promotion, ReplayLog replay, FallbackDatabase file)
{
    /// <summary>The batches that the primary does not hold yet.</summary>
    public ReplayLog Replay => replay;

    /// <summary>How the file stands to the primary.</summary>
    public MirrorStatus Status => standing.Status;

    /// <summary>The row of the file's head.</summary>
    public Task<ControlledHead> ReadHeadAsync(CancellationToken cancellationToken) => promotion.ReadHeadAsync(cancellationToken);

    /// <summary>Brings the file's log into the file, so that no write has to wait for it soon.</summary>
    public Task CheckpointAsync(CancellationToken cancellationToken) => SqliteErrors.GuardAsync(
        mayHaveHappened: false,
        async () =>
        {
            await file.Database.CheckpointAsync(cancellationToken);
            return 0;
        },
        cancellationToken);

    /// <summary>Lets the fallback take over under the next epoch.</summary>
    /// <param name="atLeast">The epoch to take where the file's own is lower.</param>
    /// <param name="record">The coordinator's state under that epoch, written with it.</param>
    /// <exception cref="PromotionRefusedException">It may not; nothing was changed.</exception>
    public Task<Promotion> PromoteAsync(long atLeast, Func<long, FailoverRecord> record) => takeover.PromoteAsync(
        head => new Reign(Math.Max(head.Head.Epoch + 1, atLeast), record(0).Instance, ControlledHead.Fallback, head.Head.Epoch),
        (connection, transaction, reign) => SqliteFailoverStore.Write(connection, transaction, record(reign.Epoch)));

    /// <summary>Takes another epoch for the fallback, because it is not known whether the primary began the last one.</summary>
    public async Task RenewAsync(long closedEpoch, FailoverRecord record) => await promotion.BeginAsync(
        new Reign(record.Epoch, record.Instance, ControlledHead.Fallback, closedEpoch),
        (connection, transaction) => SqliteFailoverStore.Write(connection, transaction, record));

    /// <summary>Gives way to the primary, which has recorded the epoch, and follows it.</summary>
    public async Task GiveWayAsync(long closedEpoch, FailoverRecord record) => await mirror.FollowAsync(await promotion.BeginAsync(
        new Reign(record.Epoch, record.Instance, ControlledHead.Primary, closedEpoch),
        (connection, transaction) => SqliteFailoverStore.Write(connection, transaction, record)));

    /// <summary>What the primary holds is not known any more: the fallback may not take over until it was compared.</summary>
    public Task DistrustAsync(string reason) => mirror.DistrustAsync(reason);

    /// <summary>Gives way to a primary whose content is not known here; the fallback is brought up to date anew.</summary>
    public async Task YieldAsync(FailoverRecord record, string reason)
    {
        using var step = LedgerTracing.Start(LedgerTracing.Yield);
        await mirror.DistrustAsync(reason);
        await promotion.BeginAsync(
            new Reign(record.Epoch, record.Instance, ControlledHead.Primary, record.Epoch - 1),
                (connection, transaction) => SqliteFailoverStore.Write(connection, transaction, record));
    }

    /// <summary>Takes over, does some operations, and rolls all of it back.</summary>
    public Task<Rehearsal> RehearseAsync(IReadOnlyList<LedgerOperation> operations, DateTimeOffset now) => takeover.RehearseAsync(operations, now);
}
