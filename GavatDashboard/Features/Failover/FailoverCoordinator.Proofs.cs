using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Stores.Failover;
using GavatDashboard.Stores.Mirror;

namespace GavatDashboard.Features.Failover;

/// <content>The proofs of what was done. They are made once writes go on: nobody waits for them.</content>
internal sealed partial class FailoverCoordinator
{
    private Promotion? _promotion;
    private TimeSpan _closedFor;

    /// <summary>Proves what has just come to its end, if something has.</summary>
    private async Task ProveAsync(FailoverState from)
    {
        switch (_record.Memory.State)
        {
            case FailoverState.Fallback when _promotion is { } promotion:
                _promotion = null;
                await KeepProofAsync(await FailOverProofAsync(promotion));
                break;
            case FailoverState.Primary when from == FailoverState.Switchback && _run is { } run:
                _run = null;
                await KeepProofAsync(run.Prove(_record.Epoch, fallbackWriter.Duplicates, _closedFor, time.GetUtcNow()));
                ForgetKept();
                break;
            case FailoverState.RecoveryBlocked when _run is { } run:
                _run = null;
                await ReadEndsAsync(run);
                await KeepProofAsync(run.Prove(_record.Epoch, fallbackWriter.Duplicates, _closedFor, time.GetUtcNow()) with { Outcome = $"The recovery is blocked: {_record.Memory.Reason}", IsClean = false, OutOfServiceMs = 0 });
                break;
            default:
                break;
        }
    }

    private async Task<FailoverProof> FailOverProofAsync(Promotion promotion)
    {
        var head = await fallback.ReadHeadAsync(CancellationToken.None);
        var lost = Math.Max(0, writer.AcknowledgedRevision - head.Head.Revision);
        return new FailoverProof
        {
            Id = Guid.CreateVersion7(),
            Action = FailoverAction.FailOver,
            Outcome = "The fallback took over.",
            IsClean = lost == 0,
            StartedAt = _record.OutageAt ?? time.GetUtcNow() - _closedFor,
            EndedAt = time.GetUtcNow(),
            EpochBefore = promotion.EpochBefore,
            EpochAfter = promotion.Epoch,
            InDoubtBatches = promotion.InDoubt.Count,
            TotalAfter = await LedgerComparison.SumAsync(stores.FallbackStorage, CancellationToken.None),
            FallbackChainHead = RecoveryRun.HashOf(head.Head),
            OutOfServiceMs = _closedFor.TotalMilliseconds,
            Lost = lost,
        };
    }

    /// <summary>Where the two ledgers differ, both ends are shown as they are now.</summary>
    private async Task ReadEndsAsync(RecoveryRun run)
    {
        using var timeout = new CancellationTokenSource(StoreTimeout, time);
        try
        {
            run.FallbackEnd = (await fallback.ReadHeadAsync(timeout.Token)).Head;
            run.PrimaryEnd = null;
            run.PrimaryEnd = await stores.Primary.ReadHeadAsync(timeout.Token).WaitAsync(timeout.Token);
        }
        catch (Exception failure) when (failure is StoreUnavailableException or OperationCanceledException)
        {
            LogEndsUnread(failure);
        }
    }

    private async Task KeepProofAsync(FailoverProof proof)
    {
        using var timeout = new CancellationTokenSource(_options.SwitchTimeout, time);
        await _history.KeepAsync(proof, timeout.Token);
    }

    /// <summary>Drops what is left of a reign that has ended, beside everything else; what it cannot drop now goes with the next one.</summary>
    private void ForgetKept()
    {
        if (_forgetting.IsCompleted)
        {
            _forgetting = Task.Run(() => ForgetKeptAsync(_stopping), _stopping);
        }
    }

    private async Task ForgetKeptAsync(CancellationToken cancellationToken)
    {
        try
        {
            await fallback.Replay.ForgetAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is StoreUnavailableException or OperationCanceledException)
        {
            LogNotForgotten(failure);
        }
    }

    [LoggerMessage(3111, LogLevel.Warning, "The ends of the two ledgers cannot be read for the proof")]
    private partial void LogEndsUnread(Exception failure);

    [LoggerMessage(3112, LogLevel.Information, "What is left of the fallback's last reign is not dropped now")]
    private partial void LogNotForgotten(Exception failure);
}
