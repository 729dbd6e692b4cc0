using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Instances;

namespace GavatDashboard.Features.Health.Probes;

/// <summary>
/// Earns a coin for the canary account and spends it again, as any caller would. The account must be empty afterwards; a
/// coin that an interrupted run left behind is spent by the next one. Where another instance owns the ledger, the account is that one's,
/// and an operation that changes nothing goes all the way there and back.
/// </summary>
internal sealed class CoinServiceProbe(CoinService coins, ILedgerWriter writer, ILedgerStores stores, LedgerOwnership ownership, InstanceDirectory instances) : IComponentProbe
{
    /// <summary>Who the canary's entries are done by.</summary>
    public const string Actor = "system:health";

    private const string Description = "Canary of the health monitor";

    /// <inheritdoc />
    public string ComponentId => ComponentIds.CoinService;

    /// <inheritdoc />
    public string DisplayName => ComponentIds.NameOf(ComponentId);

    /// <inheritdoc />
    public async Task<ProbeAnswer> ProbeAsync(CancellationToken cancellationToken)
    {
        var run = Guid.CreateVersion7();
        if (!ownership.IsMine && instances.FindOwner() is { } owner)
        {
            return await ProbeOwnerAsync(owner, run, cancellationToken);
        }

        var earned = await EarnAsync(run, cancellationToken);
        var result = await PostAsync(EntryDirection.Spend, EntryType.SpendAdmin, earned.Account.Balance.Value, $"canary:{run:N}:spend", cancellationToken);
        if (result is not OperationResult.Posted spent)
        {
            throw new InvalidOperationException($"The canary's spend was refused: {RefusalOf(result).Message}");
        }

        var left = spent.Account.Balance;
        return left == CoinAmount.Zero
            ? new ProbeAnswer(
                ComponentStatus.Healthy,
                $"A coin was earned and spent on {StoreName(stores.Current.Kind)}; the canary account is back at zero.",
                new Dictionary<string, string>(StringComparer.Ordinal) { ["ledger"] = StoreName(stores.Current.Kind), ["canaryBalance"] = left.ToString() })
            : new ProbeAnswer(ComponentStatus.Unhealthy, $"The canary account holds {left} coins after all of them were spent.");
    }

    private async Task<OperationResult.Posted> EarnAsync(Guid run, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var result = await PostAsync(EntryDirection.Earn, EntryType.EarnAdmin, 1, $"canary:{run:N}:earn:{attempt}", cancellationToken);
            if (result is OperationResult.Posted posted)
            {
                return posted;
            }

            // The first run on a new ledger makes the account. Its id is reserved, so the coin service itself makes none.
            var refusal = RefusalOf(result);
            if (refusal.Code != Refusal.UnknownUser || attempt > 1)
            {
                throw new InvalidOperationException($"The canary's earn was refused: {refusal.Message}");
            }

            await writer.WriteAsync(CreateCanary(run), cancellationToken);
        }
    }

    private async Task<ProbeAnswer> ProbeOwnerAsync(InstanceSighting owner, Guid run, CancellationToken cancellationToken)
    {
        // That the canary is there already is what the owner's own probe sees to, and it changes nothing.
        var answer = await writer.WriteAsync(CreateCanary(run), cancellationToken);
        return answer is OperationResult.UserCreated or OperationResult.Refused { Refusal.Code: Refusal.UserExists }
            ? new ProbeAnswer(
                ComponentStatus.Healthy,
                $"An operation was forwarded to '{owner.Instance}', which owns the ledger, and answered.",
                new Dictionary<string, string>(StringComparer.Ordinal) { ["owner"] = owner.Instance, ["address"] = owner.Address })
            : throw new InvalidOperationException($"The owner answered the canary with {answer.GetType().Name}.");
    }

    private static CreateUser CreateCanary(Guid run) =>
        new() { IdempotencyKey = $"canary:{run:N}:create", Actor = Actor, UserId = SystemAccounts.Canary, Username = "health canary" };

    private async Task<OperationResult> PostAsync(
        EntryDirection direction, EntryType type, long amount, string key, CancellationToken cancellationToken) =>
        await coins.PostAsync(
            new PostingRequest
            {
                UserId = SystemAccounts.Canary,
                Direction = direction,
                Type = type.Code,
                Amount = amount,
                Description = Description,
                IdempotencyKey = key,
                Actor = Actor,
            },
            cancellationToken);

    private static Refusal RefusalOf(OperationResult result) => result is OperationResult.Refused refused
        ? refused.Refusal
        : throw new InvalidOperationException($"The canary's posting was answered with {result.GetType().Name}.");

    private static string StoreName(StoreKind kind) => kind switch
    {
        StoreKind.PostgreSql => "PostgreSQL",
        StoreKind.Sqlite => "SQLite",
        _ => kind.ToString(),
    };
}
