using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Stores.Failover;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Features.Failover;

/// <content>What takes time.</content>
internal sealed partial class FailoverCoordinator
{
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
            return await _loop.AskAsync<FailoverEvent>(() =>
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
            LogNotDrained(failure);
            return null;
        }
    }

    private async Task<FailoverEvent> CatchUpAsync(CancellationToken cancellationToken)
    {
        var run = recovery.Begin(_record.Instance, _record.Epoch, _ => _loop.Post(() => Task.CompletedTask));
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
            var clock = new LapClock(time);
            await gate.DrainAsync(timeout.Token);
            // The state is written before it acts: a restart from here on knows that this epoch may be the primary's.
            var epoch = await TakeEpochAsync(timeout.Token);
            var drainedMs = clock.LapMs();
            await recovery.HandOverAsync(run, epoch, timeout.Token).WaitAsync(timeout.Token);
            clock.LapMs();
            await fallback.GiveWayAsync(run.Epoch, _record with { Memory = _record.Memory with { State = FailoverState.Primary } });
            run.SwitchTimes = run.SwitchTimes! with { DrainedMs = drainedMs, FollowedMs = clock.LapMs() };
            return await _loop.AskAsync<FailoverEvent>(() =>
            {
                fallbackWriter.ResetKept(new FailoverBacklog(0, 0));
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

    [LoggerMessage(3109, LogLevel.Debug, "The primary cannot be drained: it dies at this very moment")]
    private partial void LogNotDrained(Exception failure);
}
