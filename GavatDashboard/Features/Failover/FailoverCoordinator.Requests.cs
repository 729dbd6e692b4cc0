using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Features.Failover;

/// <content>What people ask for.</content>
internal sealed partial class FailoverCoordinator
{
    /// <summary>What the owner said so long ago is believed for the refusal to take the ledger from it.</summary>
    private static readonly TimeSpan OwnerWordHolds = TimeSpan.FromSeconds(10);

    private FailoverProgress? _drill;

    /// <summary>Begins what is asked for, if it fits the state at that moment.</summary>
    /// <param name="kind">What.</param>
    /// <param name="reason">Why.</param>
    /// <param name="isDrill">Whether the drill that runs asks.</param>
    /// <returns>Why not, or null.</returns>
    public Task<string?> AskAsync(FailoverRequestKind kind, string reason, bool isDrill = false) => InLoopAsync(async () =>
    {
        if ((isDrill ? RefuseInState(kind) : Refuse(kind)) is { } refusal)
        {
            return refusal;
        }

        switch (kind)
        {
            case FailoverRequestKind.FailOver:
                await HappenAsync(new FailoverEvent.FailOverRequested(reason));
                break;
            case FailoverRequestKind.Recover:
                await HappenAsync(new FailoverEvent.RecoverRequested(reason));
                break;
            case FailoverRequestKind.Abort:
                await HappenAsync(new FailoverEvent.AbortRequested(reason));
                break;
            case FailoverRequestKind.Pause:
                await HappenAsync(new FailoverEvent.Paused());
                break;
            case FailoverRequestKind.Resume:
                await HappenAsync(new FailoverEvent.Resumed());
                break;
            case FailoverRequestKind.TakeOver:
                return await TakeOverAsync();
            case FailoverRequestKind.SimulateOutage or FailoverRequestKind.EndOutage:
                outage.IsOn = kind == FailoverRequestKind.SimulateOutage;
                _watch.Hurry();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "This is not for the coordinator.");
        }

        return null;
    });

    /// <summary>Why a request would be refused at this very moment, which the last snapshot may not show yet; null where it would not.</summary>
    public Task<string?> FindRefusalAsync(FailoverRequestKind kind) => InLoopAsync(() => Task.FromResult(Refuse(kind)));

    /// <summary>Shows how a drill stands; null ends it.</summary>
    public void ShowDrill(FailoverProgress? progress, FailoverProof? proof = null) => Post(() =>
    {
        _drill = progress;
        return proof is null ? Task.CompletedTask : KeepProofAsync(proof);
    });

    /// <summary>Why a request would be refused now; null where it would not.</summary>
    private string? Refuse(FailoverRequestKind kind) =>
        _drill is not null && kind is (FailoverRequestKind.FailOver or FailoverRequestKind.Recover or FailoverRequestKind.Drill)
            ? "A drill is being held; stop it first."
            : RefuseInState(kind);

    private string? RefuseInState(FailoverRequestKind kind)
    {
        var memory = _record.Memory;
        return kind switch
        {
            FailoverRequestKind.FailOver => FailoverMachine.RefuseFailOver(memory) ?? RefuseMirror(),
            FailoverRequestKind.Recover => FailoverMachine.RefuseRecover(memory),
            FailoverRequestKind.Drill => memory.State != FailoverState.Primary || _lastProbe?.Head is null
                ? "This is an incident, not the time for a drill: the primary does not take the writes."
                : RefuseMirror(),
            FailoverRequestKind.Abort => _drill is { CanAbort: true } || memory.State == FailoverState.Recovering ? null : "Nothing runs that could be stopped now.",
            FailoverRequestKind.Pause => memory.IsPaused ? "The automation is paused already." : null,
            FailoverRequestKind.Resume => memory.IsPaused ? null : "The automation is not paused.",
            FailoverRequestKind.TakeOver => RefuseTakeOver(),
            FailoverRequestKind.SimulateOutage when !outage.IsOffered => "The primary is a real server; only a stand-in's outage can be simulated.",
            FailoverRequestKind.SimulateOutage => outage.IsOn ? "The outage is being simulated already." : null,
            FailoverRequestKind.EndOutage => outage.IsOn ? null : "No outage is being simulated.",
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such request."),
        };
    }

    private string? RefuseTakeOver() => _record.Memory.State switch
    {
        FailoverState.Fenced => null,
        FailoverState.Following when instances.OwnerSays is { Word: { IsOwner: true, Backlog: > 0 } word, Age: var age } && age < OwnerWordHolds =>
            $"The owner '{word.Instance}' lives, and its fallback holds {word.Backlog} acknowledged operations that the primary lacks. Let it bring them back first.",
        FailoverState.Following => null,
        _ => "The ledger is this instance's own.",
    };

    private string? RefuseMirror() => fallback.Status is { State: not MirrorState.Following, Reason: var reason }
        ? $"The fallback does not hold everything that was acknowledged: {reason}"
        : null;

    /// <summary>Takes the ledger over from another owner. What this file acknowledged and the primary lacks would be lost by it, so there must be nothing of that.</summary>
    private async Task<string?> TakeOverAsync()
    {
        var (_, operations) = await fallback.Replay.CountAsync(-1, CancellationToken.None);
        if (operations > 0)
        {
            return $"This fallback's file holds {operations} acknowledged operations that the primary lacks. They have to be saved before the ledger can be taken over.";
        }

        using var timeout = new CancellationTokenSource(_options.StepTimeout, time);
        var epoch = 0L;
        try
        {
            // A writer that stands still may hold the ledger's lock; what it has not committed nobody was told of.
            await primary.EndWritersAsync(ofAllInstances: true, timeout.Token).WaitAsync(timeout.Token);
            await primary.ChangeReignAsync(
                found =>
                {
                    epoch = Math.Max(found.Head.Epoch, _record.Epoch) + 1;
                    return new Reign(epoch, _record.Instance, ControlledHead.Primary, epoch - 1);
                },
                timeout.Token).WaitAsync(timeout.Token);
        }
        catch (Exception failure) when (failure is StoreUnavailableException or OperationCanceledException)
        {
            return $"The primary does not answer: {failure.Message}";
        }

        _takenOverAt = time.GetTimestamp();
        _record = _record with { Epoch = epoch, ReleasedEpoch = null };
        _isClaimed = false;
        await fallback.YieldAsync(_record with { Memory = _record.Memory with { State = FailoverState.Primary } }, "the ledger was taken over from another instance");
        await HappenAsync(new FailoverEvent.TakenOver("This instance took the ledger over, by hand."));
        return null;
    }
}
