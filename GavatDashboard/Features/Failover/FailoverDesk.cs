using GavatDashboard.Features.Accounts;
using GavatDashboard.Features.Security;

namespace GavatDashboard.Features.Failover;

/// <summary>
/// Takes orders from the page and looks at each once more on the server: an admin whose session holds, a reason, the typed word, a
/// fresh sign-in. The coordinator audits what it begins.
/// </summary>
internal sealed class FailoverDesk(IFailoverControl control, IAdminGate gate, IFreshSignIn signIn)
{
    /// <summary>Whether the password has to be typed again first.</summary>
    public async Task<bool> NeedsPasswordAsync() => !await signIn.IsFreshAsync();

    /// <summary>Begins what is ordered, once for its key.</summary>
    /// <returns>What became of it, and the coordinator's words where it refused.</returns>
    public async Task<(FailoverOrderOutcome Outcome, string? Reason)> RequestAsync(FailoverOrder order, CancellationToken cancellationToken)
    {
        if (await gate.FindActorAsync(cancellationToken) is not { } actor)
        {
            return (FailoverOrderOutcome.NotAllowed, null);
        }

        var reason = order.Reason.Trim();
        if (reason.Length is < FailoverOrder.FewestReasonCharacters or > FailoverOrder.MostReasonCharacters)
        {
            return (FailoverOrderOutcome.ReasonMissing, null);
        }

        if (FailoverOrder.NeedsTyping(order.Kind) && !string.Equals(order.Typed.Trim(), FailoverOrder.WordOf(order.Kind), StringComparison.OrdinalIgnoreCase))
        {
            return (FailoverOrderOutcome.NotConfirmed, null);
        }

        if (!await signIn.IsFreshAsync() && !await signIn.RenewAsync(order.Password, cancellationToken))
        {
            return (FailoverOrderOutcome.PasswordNeeded, null);
        }

        return await control.RequestAsync(new FailoverRequest(order.Kind, actor, reason, order.IdempotencyKey, order.Scope), cancellationToken) switch
        {
            FailoverReply.Accepted => (FailoverOrderOutcome.Begun, null),
            FailoverReply.Refused refused => (FailoverOrderOutcome.Refused, refused.Reason),
            // It was begun under the same key with other words, and no answer came.
            FailoverReply.KeyReused => (FailoverOrderOutcome.BegunBefore, null),
            var other => throw new InvalidOperationException($"A request was answered with {other.GetType().Name}."),
        };
    }
}
