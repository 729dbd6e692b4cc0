using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Stores.Failover;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Features.Failover;

/// <content>What takes time, and the proofs of it.</content>
internal sealed partial class FailoverCoordinator
{
    private Promotion? _promotion;
    private Task _running = Task.CompletedTask;

    /// <summary>Runs an action beside the loop, after the one before it has ended; only the last one's end is heard.</summary>
    private void Run(Func<CancellationToken, Task<FailoverEvent>> action)
    {
        var source = new CancellationTokenSource();
        var previous = _running;
        _action = source;
        _running = Task.Run(async () =>
        {
            await previous;
            var ended = await action(source.Token);
            Post(() => _action == source ? HappenAsync(ended) : Task.CompletedTask);
        });
    }

    private async Task StopActionAsync()
    {
        if (_action is { } action)
        {
            await action.CancelAsync();
        }
    }

    private async Task<FailoverEvent> PromoteAsync(bool isDrained, CancellationToken cancellationToken)
    {
        try
        {
            if (isDrained && _lastProbe?.Head is not null && await DrainPrimaryAsync(cancellationToken) is { } superseded)
            {
                return superseded;
            }

            gate.Abandon();
            var promotion = await fallback.PromoteAsync(
                _record.Epoch + (isDrained ? 0 : 1),
                epoch => _record with { Epoch = epoch, Memory = _record.Memory with { State = FailoverState.Fallback } });
            fallbackWriter.ResetDuplicates(0);
            fallbackWriter.ResetKept(new FailoverBacklog(0, 0));
            return await InLoopAsync<FailoverEvent>(() =>
            {
                _promotion = promotion;
                _record = _record with { Epoch = promotion.Epoch };
                return Task.FromResult<FailoverEvent>(new FailoverEvent.Promoted());
            });
        }
        catch (PromotionRefusedException refused)
        {
            return new FailoverEvent.PromotionRefused(refused.Message);
        }
        catch (Exception failure)
        {
            return new FailoverEvent.PromotionRefused($"The fallback cannot take over: {failure.Message}");
        }
    }

    /// <summary>Takes the next epoch in a primary that lives: whoever is on the way there is refused from then on.</summary>
    private async Task<FailoverEvent?> DrainPrimaryAsync(CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_options.SwitchTimeout);
        try
        {
            await gate.DrainAsync(timeout.Token);
            var epoch = await TakeEpochAsync(timeout.Token);
            string? fence = null;
            await primary.ChangeReignAsync(
                found =>
                {
                    fence = RecoveryPlan.FindFence(found.Head.Epoch, found.Owner, epoch, _record.Instance);
                    return fence is null ? new Reign(epoch, _record.Instance, ControlledHead.Primary, found.Head.Epoch) : null;
                },
                timeout.Token).WaitAsync(timeout.Token);
            return fence is null ? null : new FailoverEvent.Superseded(fence);
        }
        catch (Exception failure) when (failure is StoreUnavailableException or OperationCanceledException)
        {
            // It dies at this very moment: then its epoch is closed when it comes back.
            LogDoubtLeft(failure);
            return null;
        }
    }

    private async Task<FailoverEvent> CatchUpAsync(CancellationToken cancellationToken)
    {
        var run = recovery.Begin(_record.Instance, _record.Epoch, _ => Post(() => Task.CompletedTask));
        _run = run;
        return await GuardAsync(
            async () =>
            {
                await recovery.CatchUpAsync(run, cancellationToken);
                return new FailoverEvent.CaughtUp();
            },
            cancellationToken);
    }

    private Task<FailoverEvent> HandOverAsync(CancellationToken cancellationToken) => GuardAsync(
        async () =>
        {
            var run = _run ?? throw new InvalidOperationException("Nothing caught up.");
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(_options.SwitchTimeout);
            await gate.DrainAsync(timeout.Token);
            // The state is written before it acts: a restart from here on knows that this epoch may be the primary's.
            var epoch = await TakeEpochAsync(timeout.Token);
            await recovery.HandOverAsync(run, epoch, timeout.Token).WaitAsync(timeout.Token);
            await fallback.GiveWayAsync(run.Epoch, _record with { Memory = _record.Memory with { State = FailoverState.Primary } });
            return await InLoopAsync<FailoverEvent>(() =>
            {
                stores.TakePrimary(epoch);
                _isClaimed = true;
                return Task.FromResult<FailoverEvent>(new FailoverEvent.SwitchedBack());
            });
        },
        cancellationToken);

    private static async Task<FailoverEvent> GuardAsync(Func<Task<FailoverEvent>> action, CancellationToken cancellationToken)
    {
        try
        {
            return await action();
        }
        catch (SupersededException superseded)
        {
            return new FailoverEvent.Superseded(superseded.Message);
        }
        catch (Exception mismatch) when (mismatch is LedgerMismatchException or ReplayRefusedException or InvalidDataException)
        {
            return new FailoverEvent.Mismatched(mismatch.Message);
        }
        catch (Exception failure)
        {
            return new FailoverEvent.RecoveryFailed(cancellationToken.IsCancellationRequested ? "The recovery was stopped." : failure.Message);
        }
    }

    private FailoverProof RecoveryProof(RecoveryRun run, TimeSpan frozen)
    {
        var total = run.TotalAfter;
        return new FailoverProof
        {
            Id = run.Id,
            Action = FailoverAction.Recover,
            Outcome = "The primary was taken back.",
            IsClean = total == run.TotalBefore + run.ReplayedAmount,
            StartedAt = run.StartedAt,
            EndedAt = time.GetUtcNow(),
            EpochBefore = run.Epoch,
            EpochAfter = _record.Epoch,
            Acknowledged = run.AlreadyThere + run.Replayed,
            Replayed = run.Replayed,
            AlreadyThere = run.AlreadyThere,
            DuplicatesRefused = fallbackWriter.Duplicates,
            TotalBefore = run.TotalBefore,
            ReplayedAmount = run.ReplayedAmount,
            TotalAfter = total,
            FallbackTotal = run.Compared?.FallbackTotal + total - run.Compared?.PrimaryTotal,
            AccountsCompared = (run.Compared?.Accounts ?? 0) + run.Touched.Count,
            PrimaryChainHead = Convert.ToHexStringLower(run.Head.ChainHash),
            FallbackChainHead = Convert.ToHexStringLower(run.Head.ChainHash),
            OutOfServiceMs = frozen.TotalMilliseconds,
        };
    }

    private async Task<FailoverProof> FailOverProofAsync(Promotion promotion, TimeSpan closedFor)
    {
        var head = await fallback.ReadHeadAsync(CancellationToken.None);
        var lost = Math.Max(0, writer.AcknowledgedRevision - head.Head.Revision);
        return new FailoverProof
        {
            Id = Guid.CreateVersion7(),
            Action = FailoverAction.FailOver,
            Outcome = "The fallback took over.",
            IsClean = lost == 0,
            StartedAt = _record.OutageAt ?? time.GetUtcNow() - closedFor,
            EndedAt = time.GetUtcNow(),
            EpochBefore = promotion.EpochBefore,
            EpochAfter = promotion.Epoch,
            InDoubtBatches = promotion.InDoubt.Count,
            TotalAfter = await LedgerComparison.SumAsync(stores.FallbackStorage, CancellationToken.None),
            FallbackChainHead = Convert.ToHexStringLower(head.Head.ChainHash),
            OutOfServiceMs = closedFor.TotalMilliseconds,
            Lost = lost,
        };
    }

    /// <summary>Keeps a proof, then shows it: whoever sees it can open it. One that cannot be kept is shown all the same.</summary>
    private async Task ProveAsync(FailoverProof proof)
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

    [LoggerMessage(3105, LogLevel.Information, "Proof of {Action}: clean {IsClean}, {Acknowledged} operations acknowledged by the fallback, {Replayed} written to the primary, {OutOfServiceMs:0} ms without writes")]
    private partial void LogProof(FailoverAction action, bool isClean, long acknowledged, long replayed, double outOfServiceMs);
}
