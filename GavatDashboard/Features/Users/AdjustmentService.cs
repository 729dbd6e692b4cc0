using System.Text.Json;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Security;

namespace GavatDashboard.Features.Users;

/// <summary>Changes accounts by hand, for whoever is an admin at that moment. Each attempt is in the audit log before it is made, and its outcome after.</summary>
internal sealed class AdjustmentService(CoinService coins, ILedgerStores stores, IAdminGate gate, IAuditLog audit)
{
    /// <summary>Tells what <see cref="ApplyAsync"/> would do, and changes nothing.</summary>
    /// <exception cref="StoreUnavailableException">The ledger could not be reached.</exception>
    /// <exception cref="UnauthorizedAccessException">Whoever asks is no admin any more.</exception>
    public async Task<OperationResult> PreviewAsync(Adjustment adjustment, CancellationToken cancellationToken)
    {
        var actor = await FindActorAsync(cancellationToken);
        return adjustment.Kind switch
        {
            AdjustmentKind.Reverse => await coins.PreviewReversalAsync(adjustment.EntryId!.Value, adjustment.Reason, adjustment.IdempotencyKey, actor, cancellationToken),
            AdjustmentKind.Tier => await PreviewPinAsync(adjustment, actor, cancellationToken),
            _ => await coins.PreviewAsync(ToPosting(adjustment, actor), cancellationToken),
        };
    }

    /// <summary>Does it. The same key does it once.</summary>
    /// <exception cref="StoreUnavailableException">The ledger could not be reached; the exception says whether it may have happened.</exception>
    /// <exception cref="LedgerBusyException">Too much waits; nothing was changed.</exception>
    /// <exception cref="UnauthorizedAccessException">Whoever asks is no admin any more.</exception>
    public async Task<OperationResult> ApplyAsync(Adjustment adjustment, CancellationToken cancellationToken)
    {
        var actor = await FindActorAsync(cancellationToken);
        var (area, done) = adjustment.Kind switch
        {
            AdjustmentKind.Reverse => ("coins.reverse", "coins.reversed"),
            AdjustmentKind.Tier => ("tier.pin", adjustment.Tier is null ? "tier.unpinned" : "tier.pinned"),
            _ => ("coins.adjust", "coins.adjusted"),
        };
        await NoteAsync($"{area}.requested", new { kind = adjustment.Kind.ToString(), adjustment.Amount, adjustment.EntryId, tier = adjustment.Tier?.ToString(), adjustment.ExpiresAt });
        var result = adjustment.Kind switch
        {
            AdjustmentKind.Reverse => await coins.ReverseAsync(adjustment.EntryId!.Value, adjustment.Reason, adjustment.IdempotencyKey, actor, cancellationToken),
            AdjustmentKind.Tier => await coins.PinTierAsync(
                adjustment.UserId, adjustment.Tier, adjustment.Reason, adjustment.ExpiresAt, adjustment.IdempotencyKey, actor, cancellationToken),
            _ => await coins.PostAsync(ToPosting(adjustment, actor), cancellationToken),
        };
        switch (result)
        {
            case OperationResult.Posted { Entry: var entry }:
                await NoteAsync(done, new { entryId = entry.Id, type = entry.Type.Code, amount = entry.Amount.Value, balanceAfter = entry.BalanceAfter.Value, entry.ReversalOf });
                break;
            case OperationResult.TierPinned { Account: var account }:
                await NoteAsync(done, new { tier = account.Pin?.Tier.ToString(), computed = account.Tier.ToString(), account.Pin?.ExpiresAt });
                break;
            case OperationResult.Refused { Refusal: var refusal }:
                await NoteAsync($"{area}.refused", new { refusal.Code });
                break;
        }

        return result;

        // Not given up with the page: what is noted may already have happened.
        Task NoteAsync(string action, object details) => audit.AppendAsync(
            actor, action, $"user:{adjustment.UserId}", adjustment.Reason, JsonSerializer.Serialize(details, JsonSerializerOptions.Web), CancellationToken.None);
    }

    private async Task<string> FindActorAsync(CancellationToken cancellationToken) =>
        await gate.FindActorAsync(cancellationToken) ?? throw new UnauthorizedAccessException("Only an admin whose session holds may change accounts.");

    private async Task<OperationResult> PreviewPinAsync(Adjustment adjustment, string actor, CancellationToken cancellationToken) =>
        CoinService.CheckReason(adjustment.Reason) is { } refused
            ? refused
            : await stores.Current.PreviewAsync(
                new PinTier
                {
                    IdempotencyKey = adjustment.IdempotencyKey,
                    Actor = actor,
                    UserId = adjustment.UserId,
                    Tier = adjustment.Tier,
                    Reason = adjustment.Reason,
                    ExpiresAt = adjustment.ExpiresAt,
                },
                cancellationToken);

    private static PostingRequest ToPosting(Adjustment adjustment, string actor) => new()
    {
        UserId = adjustment.UserId,
        Direction = adjustment.Kind == AdjustmentKind.Add ? EntryDirection.Earn : EntryDirection.Spend,
        Type = adjustment.Kind == AdjustmentKind.Add ? EntryType.EarnAdmin.Code : EntryType.SpendAdmin.Code,
        Amount = adjustment.Amount,
        Description = adjustment.Reason,
        IdempotencyKey = adjustment.IdempotencyKey,
        Actor = actor,
    };
}
