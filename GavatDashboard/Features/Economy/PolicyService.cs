using System.Globalization;
using System.Text.Json;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Security;

namespace GavatDashboard.Features.Economy;

/// <summary>Tells whose tier a policy would change, publishes it, audited before and after, and lists what was published.</summary>
internal sealed class PolicyService(CoinService coins, ILedgerStores stores, IAdminGate gate, IAuditLog audit)
{
    /// <summary>The action under which a published policy is in the audit trail.</summary>
    public const string Published = "policy.changed";

    /// <summary>How many of those who would change tier are named.</summary>
    public const int MostNamed = 100;
    private const int PageUsers = 1_000;

    /// <summary>The policy that holds.</summary>
    /// <exception cref="StoreUnavailableException">The ledger cannot be reached.</exception>
    public Task<LedgerPolicy> ReadAsync(CancellationToken cancellationToken) => stores.Current.ReadPolicyAsync(cancellationToken);

    /// <summary>Who would be in another tier at once, by what everybody has earned so far. Whoever has a pinned tier keeps it.</summary>
    /// <exception cref="StoreUnavailableException">The ledger cannot be reached.</exception>
    public async Task<TierPreview> PreviewTiersAsync(LedgerPolicy current, LedgerPolicy policy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (ledger, last, all, pinned) = (stores.Current, string.Empty, 0L, 0L);
        var (moves, named) = (new Dictionary<(Tier From, Tier To), long>(), new List<TierChange>());
        while (await ledger.ListUsersAsync(last, PageUsers, cancellationToken) is { Count: > 0 } users)
        {
            var names = users.Where(user => !SystemAccounts.IsReserved(user.Id)).ToDictionary(user => user.Id, user => user.Username, StringComparer.Ordinal);
            foreach (var account in await ledger.FindAccountsAsync(names.Keys, cancellationToken))
            {
                all++;
                var (from, to) = (current.TierFor(account.Earned), policy.TierFor(account.Earned));
                moves[(from, to)] = moves.GetValueOrDefault((from, to)) + 1;
                var isPinned = from != to && account.Pin?.HoldsAt(now) == true;
                pinned += isPinned ? 1 : 0;
                if (from != to && named.Count < MostNamed)
                {
                    named.Add(new(account.UserId, names[account.UserId], account.Earned, from, to, isPinned));
                }
            }

            last = users[^1].Id;
        }

        return new(all, [.. moves.Select(move => new TierMove(move.Key.From, move.Key.To, move.Value))], named, pinned);
    }

    /// <summary>Publishes a policy. The same key does it once.</summary>
    /// <param name="before">The policy that it was made from.</param>
    /// <param name="policy">The policy; the ledger refuses it where another was published meanwhile.</param>
    /// <param name="reason">Why.</param>
    /// <param name="idempotencyKey">The key.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="StoreUnavailableException">The ledger cannot be reached; the exception says whether it may have happened.</exception>
    /// <exception cref="LedgerBusyException">Too much waits; nothing was changed.</exception>
    /// <exception cref="UnauthorizedAccessException">Whoever asks is no admin any more.</exception>
    public async Task<OperationResult> PublishAsync(LedgerPolicy before, LedgerPolicy policy, string reason, string idempotencyKey, CancellationToken cancellationToken)
    {
        var actor = await gate.FindActorAsync(cancellationToken) ?? throw new UnauthorizedAccessException("Only an admin whose session holds may change the policy.");
        if (CoinService.CheckReason(reason) is { } refused)
        {
            return refused;
        }

        var target = string.Create(CultureInfo.InvariantCulture, $"policy:{policy.Version}");
        var details = new PolicyDetails(policy.Version, PolicyFields.Changes(before, policy), PolicyFields.All.ToDictionary(field => field, field => PolicyFields.ValueOf(policy, field)));

        // What happens is written down whether or not somebody still waits for it.
        await audit.AppendAsync(actor, "policy.change.requested", target, reason, JsonSerializer.Serialize(details, JsonSerializerOptions.Web), CancellationToken.None);
        var result = await coins.ChangePolicyAsync(policy, idempotencyKey, actor, cancellationToken);
        var (action, outcome) = result is OperationResult.Refused { Refusal: var refusal }
            ? ("policy.change.refused", JsonSerializer.Serialize(new { refusal.Code, refusal.Message }, JsonSerializerOptions.Web))
            : (Published, JsonSerializer.Serialize(details, JsonSerializerOptions.Web));
        await audit.AppendAsync(actor, action, target, reason, outcome, CancellationToken.None);
        return result;
    }

    /// <summary>What was published, the newest first, as the audit trail has it.</summary>
    public async Task<IReadOnlyList<PublishedPolicy>> ListPublishedAsync(int limit, CancellationToken cancellationToken)
    {
        var entries = await audit.ListAsync(new AuditFilter(Action: Published), null, limit, cancellationToken);
        return
        [
            .. entries.Where(entry => entry.Action == Published && entry.DetailsJson is not null)
                .Select(entry => (Entry: entry, Details: JsonSerializer.Deserialize<PolicyDetails>(entry.DetailsJson!, JsonSerializerOptions.Web)!))
                .Select(row => new PublishedPolicy(row.Details.Version, row.Entry.At, row.Entry.Actor, row.Entry.Reason ?? string.Empty, row.Details.Changes)),
        ];
    }

    /// <summary>What the audit trail keeps of a policy.</summary>
    /// <param name="Version">Its version.</param>
    /// <param name="Changes">In what it differs from the one before.</param>
    /// <param name="Values">All its numbers.</param>
    private sealed record PolicyDetails(long Version, IReadOnlyList<PolicyChange> Changes, IReadOnlyDictionary<string, long?> Values);
}

/// <summary>Whose tier a policy would change.</summary>
/// <param name="Users">Everybody who was looked at.</param>
/// <param name="Moves">From which tier to which; those who stay are among them.</param>
/// <param name="Named">Some of those who would change.</param>
/// <param name="Pinned">Those among them whose tier is pinned, and stays.</param>
public sealed record TierPreview(long Users, IReadOnlyList<TierMove> Moves, IReadOnlyList<TierChange> Named, long Pinned)
{
    /// <summary>Who would change.</summary>
    public long Changing => Moves.Where(move => move.From != move.To).Sum(move => move.Users);
}

/// <summary>A user who would be in another tier.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Username">The user's name.</param>
/// <param name="Earned">What the user has earned.</param>
/// <param name="From">The tier by the policy that holds.</param>
/// <param name="To">The tier by the other one.</param>
/// <param name="IsPinned">Whether an admin pinned the tier.</param>
public sealed record TierChange(string UserId, string Username, CoinAmount Earned, Tier From, Tier To, bool IsPinned);

/// <summary>A policy that somebody has published.</summary>
/// <param name="Version">Its version.</param>
/// <param name="At">When (UTC).</param>
/// <param name="Actor">Who.</param>
/// <param name="Reason">Why.</param>
/// <param name="Changes">What it changed.</param>
public sealed record PublishedPolicy(long Version, DateTimeOffset At, string Actor, string Reason, IReadOnlyList<PolicyChange> Changes);
