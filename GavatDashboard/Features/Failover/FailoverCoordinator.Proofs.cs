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
                await KeepProofAsync(RecoveryProof(run));
                ForgetKept();
                break;
            case FailoverState.RecoveryBlocked when _run is { } run:
                _run = null;
                await ReadEndsAsync(run);
                await KeepProofAsync(RecoveryProof(run) with { Outcome = $"The recovery is blocked: {_record.Memory.Reason}", IsClean = false, OutOfServiceMs = 0 });
                break;
            default:
                break;
        }
    }

    private FailoverProof RecoveryProof(RecoveryRun run)
    {
        var (primaryEnd, fallbackEnd) = (HashOf(run.PrimaryEnd), HashOf(run.FallbackEnd));
        var lost = run.Kept - run.Found;
        return new FailoverProof
        {
            Id = run.Id,
            Action = FailoverAction.Recover,
            Outcome = "The primary was taken back.",
            IsClean = lost == 0 && primaryEnd == fallbackEnd && run.PrimaryTotal == run.FallbackTotal && run.PrimaryTotal == run.TotalBefore + run.ReplayedAmount,
            StartedAt = run.StartedAt,
            EndedAt = time.GetUtcNow(),
            EpochBefore = run.Epoch,
            EpochAfter = _record.Epoch,
            Acknowledged = run.Kept,
            Replayed = run.Replayed,
            AlreadyThere = run.AlreadyThere,
            DuplicatesRefused = fallbackWriter.Duplicates,
            TotalBefore = run.TotalBefore,
            ReplayedAmount = run.ReplayedAmount,
            TotalAfter = run.PrimaryTotal,
            FallbackTotal = run.FallbackTotal,
            AccountsCompared = (run.Compared?.Accounts ?? 0) + run.Touched.Count,
            PrimaryChainHead = primaryEnd,
            FallbackChainHead = fallbackEnd,
            OutOfServiceMs = _closedFor.TotalMilliseconds,
            SwitchTimes = run.SwitchTimes,
            Lost = lost,
        };
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
            FallbackChainHead = HashOf(head.Head),
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

    private static string HashOf(LedgerHead? head) => head is null ? string.Empty : Convert.ToHexStringLower(head.ChainHash);

    /// <summary>Keeps a proof, then shows it: whoever sees it can open it. One that cannot be kept is shown all the same.</summary>
    private async Task KeepProofAsync(FailoverProof proof)
    {
        using var timeout = new CancellationTokenSource(_options.SwitchTimeout, time);
        try
        {
            await store.AddProofAsync(proof, timeout.Token);
        }
        catch (Exception failure) when (failure is StoreUnavailableException or OperationCanceledException)
        {
            LogJournalFailed(failure);
        }

        _proofs = [proof, .. _proofs.Take(ProofsShown - 1)];
        LogProof(proof.Action, proof.IsClean, proof.Acknowledged, proof.Replayed, proof.OutOfServiceMs);
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

    [LoggerMessage(3105, LogLevel.Information, "Proof of {Action}: clean {IsClean}, {Acknowledged} operations acknowledged by the fallback, {Replayed} written to the primary, {OutOfServiceMs:0} ms without writes")]
    private partial void LogProof(FailoverAction action, bool isClean, long acknowledged, long replayed, double outOfServiceMs);

    [LoggerMessage(3106, LogLevel.Warning, "The ends of the two ledgers cannot be read for the proof")]
    private partial void LogEndsUnread(Exception failure);

    [LoggerMessage(3107, LogLevel.Information, "What is left of the fallback's last reign is not dropped now")]
    private partial void LogNotForgotten(Exception failure);
}
