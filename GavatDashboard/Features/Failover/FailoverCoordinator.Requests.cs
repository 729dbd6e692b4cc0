using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Instances;
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
    public async Task<string?> AskAsync(FailoverRequestKind kind, string reason, bool isDrill = false) =>
        kind == FailoverRequestKind.TakeOver ? await TakeOverAsync() : await _loop.AskAsync(() => DoInLoopAsync(kind, reason, isDrill));

    /// <summary>Why a request would be refused at this very moment, which the last snapshot may not show yet; null where it would not.</summary>
    public async Task<string?> FindRefusalAsync(FailoverRequestKind kind)
    {
        if (kind == FailoverRequestKind.TakeOver)
        {
            await owner.HearAsync(_options.ProbeTimeout, CancellationToken.None);
        }

        return await _loop.AskAsync(() => Task.FromResult(Refuse(kind)));
    }

    /// <summary>Shows how a drill stands; null ends it.</summary>
    public void ShowDrill(FailoverProgress? progress, FailoverProof? proof = null) => _loop.Post(() =>
    {
        _drill = progress;
        return proof is null ? Task.CompletedTask : KeepProofAsync(proof);
    });

    private async Task<string?> DoInLoopAsync(FailoverRequestKind kind, string reason, bool isDrill)
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
            case FailoverRequestKind.SimulateOutage or FailoverRequestKind.EndOutage:
                outage.IsOn = kind == FailoverRequestKind.SimulateOutage;
                _watch.Hurry();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "This is not for the coordinator.");
        }

        return null;
    }

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

    private string? RefuseTakeOver() => _record.Memory.State is FailoverState.Fenced or FailoverState.Following
        ? instances.OwnerFault ?? (instances.OwnerSays is { Word: { MayLead: true } word, Age: var age } && age < OwnerWordHolds ? RefuseToTakeFrom(word) : null)
        : "The ledger is this instance's own.";

    /// <summary>What an owner that lives has acknowledged elsewhere, or is about to, would be lost by it.</summary>
    private static string? RefuseToTakeFrom(OwnerWord owner) =>
        owner.Backlog > 0 ? $"The owner '{owner.Instance}' lives, and its fallback holds {owner.Backlog} acknowledged operations that the primary lacks. Let it bring them back first."
        : owner.State != FailoverState.Primary.ToCode() ? $"The owner '{owner.Instance}' lives, and does not write to the primary now: it is in the state {owner.State}. Let it return first, or stop it."
        : null;

    private string? RefuseMirror() => fallback.Status is { State: not MirrorState.Following, Reason: var reason }
        ? $"The fallback does not hold everything that was acknowledged: {reason}"
        : null;

    /// <summary>
    /// Takes the ledger over from another owner. One that answers gives it up in order, so that it can acknowledge nothing elsewhere meanwhile; one
    /// that does not is what this is for; of one whose certificate is not trusted nobody knows whether it lives. What this file acknowledged and the primary lacks would be lost by it, so there must be nothing of that.
    /// </summary>
    private async Task<string?> TakeOverAsync()
    {
        if (await _loop.AskAsync(RefuseTakeOverAsync) is { } refusal)
        {
            return refusal;
        }

        var from = instances.Owner;
        return await owner.AskToGiveUpAsync(_options.SwitchTimeout + _options.ProbeTimeout, CancellationToken.None) is { MayLead: true } word
            ? RefuseToTakeFrom(word) ?? $"The owner '{word.Instance}' lives, and could not give the ledger up in time. Try again, or stop it."
            : instances.OwnerFault ?? await _loop.AskAsync(() => SeizeAsync(from));
    }

    private async Task<string?> RefuseTakeOverAsync() =>
        Refuse(FailoverRequestKind.TakeOver) ?? (await fallback.Replay.CountAsync(-1, CancellationToken.None) is (_, > 0 and var operations)
            ? $"This fallback's file holds {operations} acknowledged operations that the primary lacks. They have to be saved before the ledger can be taken over."
            : null);

    private async Task<string?> SeizeAsync(string from)
    {
        if (_record.Memory.State is not (FailoverState.Fenced or FailoverState.Following))
        {
            return null; // It was given up, and taken in order meanwhile.
        }

        using var timeout = new CancellationTokenSource(_options.StepTimeout, time);
        Reign? reign = null;
        ControlledHead found;
        try
        {
            // A writer that stands still may hold the ledger's lock; what it has not committed nobody was told of.
            await primary.EndWritersAsync(ofAllInstances: true, timeout.Token).WaitAsync(timeout.Token);
            found = await primary.ChangeReignAsync(
                head =>
                {
                    var epoch = Math.Max(head.Head.Epoch, _record.Epoch) + 1;
                    return reign = head.Owner.Length == 0 || head.Owner == from ? new Reign(epoch, _record.Instance, ControlledHead.Primary, epoch - 1) : null;
                },
                timeout.Token).WaitAsync(timeout.Token);
        }
        catch (Exception failure) when (failure is StoreUnavailableException or OperationCanceledException)
        {
            return $"The primary does not answer: {failure.Message}";
        }

        if (reign is null)
        {
            return $"The instance '{found.Owner}' has taken the ledger meanwhile.";
        }

        _takenOverAt = time.GetTimestamp();
        _record = _record with { Epoch = reign.Epoch, ReleasedEpoch = null };
        _isClaimed = false;
        await fallback.YieldAsync(_record with { Memory = _record.Memory with { State = FailoverState.Primary } }, "the ledger was taken over from another instance");
        await HappenAsync(new FailoverEvent.TakenOver("This instance took the ledger over, by hand."));
        return null;
    }
}
