using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Tests.Stores.Model;

/// <summary>
/// What a ledger must answer and hold, in plain dictionaries, one operation after another. It is written from the rules alone and
/// shares no code with the ledger that it judges: not the catalogue of types, not the policy's arithmetic, not the hash of a request.
/// </summary>
internal sealed class LedgerModel
{
    private static readonly HashSet<string> OutsideLimits = ["earn_admin", "earn_purchase", "spend_admin"];
    private static readonly HashSet<string> Messages = ["earn_message", "spend_message"];
    private static readonly HashSet<string> Granted = ["earn_admin", "earn_purchase"];

    private readonly Dictionary<string, ModelAccount> accounts = [];
    private readonly Dictionary<string, ModelEntry> entriesByKey = [];
    private readonly Dictionary<Guid, ModelEntry> entriesById = [];
    private readonly Dictionary<string, KeptInModel> kept = [];
    private readonly Dictionary<(string User, DateOnly Day), ModelUsage> usage = [];
    private readonly HashSet<Guid> reversed = [];
    private ModelPolicy policy = ModelPolicy.First;

    public IReadOnlyDictionary<string, ModelAccount> Accounts => accounts;

    public IReadOnlyCollection<ModelEntry> Entries => entriesById.Values;

    public IReadOnlyDictionary<(string User, DateOnly Day), ModelUsage> Usage => usage;

    /// <summary>Does an operation.</summary>
    /// <returns>What became of it, in the words of <see cref="ModelAnswer"/>.</returns>
    public string Do(LedgerOperation operation, DateTimeOffset now)
    {
        var (key, request) = (operation.IdempotencyKey, RequestOf(operation));
        if (entriesByKey.TryGetValue(key, out var first))
        {
            return first.Request == request ? ModelAnswer.Posted(first, accounts[first.User], again: true) : ModelAnswer.Refused("key_reuse");
        }

        if (kept.TryGetValue(key, out var answer))
        {
            return answer.Request == request ? AnswerAgain(operation, answer) : ModelAnswer.Refused("key_reuse");
        }

        return operation switch
        {
            CreateUser create => Create(create),
            PostCoins post => Post(post, request, now),
            ReverseEntry reverse => Reverse(reverse, request, now),
            PinTier pin => Pin(pin, request, now),
            RefreshTier refresh => Refresh(refresh),
            RecordActivity activity => Record(activity, request, now),
            ChangePolicy change => Change(change, request, now),
            _ => throw new ArgumentException($"The model knows no {operation.GetType().Name}."),
        };
    }

    private string AnswerAgain(LedgerOperation operation, KeptInModel answer) => answer.Refusal is { } refusal
        ? ModelAnswer.Refused(refusal, again: true)
        : operation switch
        {
            PinTier pin => ModelAnswer.Pinned(accounts[pin.UserId]),
            RecordActivity activity => ModelAnswer.Recorded(activity.UserId, activity.Kind, activity.At ?? answer.At, again: true),
            _ => ModelAnswer.PolicyChanged(policy.Version),
        };

    private string Create(CreateUser create)
    {
        if (accounts.ContainsKey(create.UserId))
        {
            return ModelAnswer.Refused("user_exists");
        }

        accounts[create.UserId] = new ModelAccount { User = create.UserId };
        return ModelAnswer.Created(accounts[create.UserId]);
    }

    private string Post(PostCoins post, string request, DateTimeOffset now)
    {
        var type = post.Type.Code;
        if (!accounts.TryGetValue(post.UserId, out var account))
        {
            return ModelAnswer.Refused("unknown_user");
        }

        var asked = post.Amount?.Value ?? policy.Prices[type];
        if (asked is not { } amount || amount is < 1 or > 1_000_000_000_000)
        {
            return ModelAnswer.Refused("invalid_amount");
        }

        var isEarn = type.StartsWith("earn_", StringComparison.Ordinal);
        var isLimited = !OutsideLimits.Contains(type) && post.EffectiveAt is null;
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var used = usage.GetValueOrDefault((post.UserId, today)) ?? new ModelUsage();
        var isMessage = Messages.Contains(type);
        if (isLimited && isMessage && used.Messages >= policy.Messages)
        {
            return Keep(post, request, now, ModelAnswer.Limit("messages", policy.Messages, used.Messages, 1, today));
        }

        if (isLimited && isEarn && used.Earned + amount > policy.Earn)
        {
            return Keep(post, request, now, ModelAnswer.Limit("earn", policy.Earn, used.Earned, amount, today));
        }

        if (isLimited && !isEarn && used.Spent + amount > policy.Spend)
        {
            return Keep(post, request, now, ModelAnswer.Limit("spend", policy.Spend, used.Spent, amount, today));
        }

        if (!isEarn && account.Balance < amount)
        {
            return Keep(post, request, now, ModelAnswer.Funds(account.Balance, amount));
        }

        if (isLimited)
        {
            usage[(post.UserId, today)] = new ModelUsage
            {
                Earned = used.Earned + (isEarn ? amount : 0), Spent = used.Spent + (isEarn ? 0 : amount), Messages = used.Messages + (isMessage ? 1 : 0),
            };
        }

        return Append(new ModelEntry(post.EntryId, post.UserId, type, isEarn ? amount : -amount, post.IdempotencyKey, request, null), account, type);
    }

    private string Reverse(ReverseEntry reverse, string request, DateTimeOffset now)
    {
        if (!entriesById.TryGetValue(reverse.OriginalEntryId, out var original) || original.User != reverse.UserId)
        {
            return ModelAnswer.Refused("unknown_entry");
        }

        if (original.ReversalOf is not null)
        {
            return ModelAnswer.Refused("not_reversible");
        }

        if (reversed.Contains(original.Id))
        {
            return Keep(reverse, request, now, "already_reversed");
        }

        var account = accounts[original.User];
        if (original.Amount > 0 && account.Balance < original.Amount)
        {
            return Keep(reverse, request, now, ModelAnswer.Funds(account.Balance, original.Amount));
        }

        reversed.Add(original.Id);
        return Append(
            new ModelEntry(reverse.EntryId, original.User, "reversal", -original.Amount, reverse.IdempotencyKey, request, original.Id), account, original.Type);
    }

    private string Append(ModelEntry entry, ModelAccount account, string totalsOf)
    {
        account.Balance += entry.Amount;
        if (totalsOf.StartsWith("earn_", StringComparison.Ordinal))
        {
            account.Earned += entry.Amount;
            account.Granted += Granted.Contains(totalsOf) ? entry.Amount : 0;
        }
        else
        {
            account.Spent -= entry.Amount;
        }

        account.Tier = policy.TierOf(account.Earned);
        account.Version++;
        entry.BalanceAfter = account.Balance;
        entriesByKey.Add(entry.Key, entry);
        entriesById.Add(entry.Id, entry);
        return ModelAnswer.Posted(entry, account, again: false);
    }

    private string Pin(PinTier pin, string request, DateTimeOffset now)
    {
        if (!accounts.TryGetValue(pin.UserId, out var account))
        {
            return ModelAnswer.Refused("unknown_user");
        }

        account.Pin = pin.Tier?.ToString();
        account.Version++;
        kept[pin.IdempotencyKey] = new KeptInModel(request, null, now);
        return ModelAnswer.Pinned(account);
    }

    private string Record(RecordActivity activity, string request, DateTimeOffset now)
    {
        if (!accounts.ContainsKey(activity.UserId))
        {
            return ModelAnswer.Refused("unknown_user");
        }

        kept[activity.IdempotencyKey] = new KeptInModel(request, null, now);
        return ModelAnswer.Recorded(activity.UserId, activity.Kind, activity.At ?? now, again: false);
    }

    private string Refresh(RefreshTier refresh)
    {
        if (!accounts.TryGetValue(refresh.UserId, out var account))
        {
            return ModelAnswer.Refused("unknown_user");
        }

        var tier = policy.TierOf(account.Earned);
        (account.Version, account.Tier) = (tier == account.Tier ? account.Version : account.Version + 1, tier);
        return ModelAnswer.Refreshed(account);
    }

    private string Change(ChangePolicy change, string request, DateTimeOffset now)
    {
        var next = ModelPolicy.From(change.Policy);
        if (next.Version != policy.Version + 1)
        {
            return ModelAnswer.Refused("policy_outdated");
        }

        if (!next.IsSound)
        {
            return ModelAnswer.Refused("invalid_request");
        }

        policy = next;
        kept[change.IdempotencyKey] = new KeptInModel(request, null, now);
        return ModelAnswer.PolicyChanged(policy.Version);
    }

    private string Keep(LedgerOperation operation, string request, DateTimeOffset now, string refusal)
    {
        kept[operation.IdempotencyKey] = new KeptInModel(request, refusal, now);
        return ModelAnswer.Refused(refusal);
    }

    /// <summary>What two requests under one key must agree in: all that is asked for; not who asks, nor the identity that the entry would get.</summary>
    private static string RequestOf(LedgerOperation operation) => operation switch
    {
        CreateUser create => $"create {create.UserId} {create.Username} {create.Type}",
        PostCoins post => $"post {post.UserId} {post.Type.Code} {post.Amount} '{post.Description}' {post.RelatedUserId} {post.Metadata} {post.EffectiveAt:O}",
        ReverseEntry reverse => $"reverse {reverse.UserId} {reverse.OriginalEntryId} {reverse.Reason}",
        PinTier pin => $"pin {pin.UserId} {pin.Tier} {pin.Reason} {pin.ExpiresAt:O}",
        RefreshTier refresh => $"refresh {refresh.UserId}",
        RecordActivity activity => $"activity {activity.UserId} {activity.Kind} {activity.Metadata} {activity.At:O}",
        ChangePolicy { Policy: var asked } => $"policy {asked.Version} {asked.EarnPerDay} {asked.SpendPerDay} {asked.MessagesPerDay} {asked.SilverFrom} {asked.GoldFrom} "
            + $"{asked.PlatinumFrom} {string.Join(' ', asked.Prices.OrderBy(price => price.Key, StringComparer.Ordinal))}",
        _ => throw new ArgumentException($"The model knows no {operation.GetType().Name}."),
    };

    private sealed record KeptInModel(string Request, string? Refusal, DateTimeOffset At);
}

/// <summary>An account in the model.</summary>
internal sealed class ModelAccount
{
    public required string User { get; init; }

    public long Balance { get; set; }

    public long Earned { get; set; }

    public long Spent { get; set; }

    public long Granted { get; set; }

    public string Tier { get; set; } = "Bronze";

    public string? Pin { get; set; }

    public long Version { get; set; } = 1;

    public override string ToString() => $"{User} has {Balance}, earned {Earned}, spent {Spent}, granted {Granted}, {Tier}/{Pin}, version {Version}";
}

/// <summary>An entry in the model.</summary>
internal sealed record ModelEntry(Guid Id, string User, string Type, long Amount, string Key, string Request, Guid? ReversalOf)
{
    public long BalanceAfter { get; set; }
}

/// <summary>A day's usage in the model.</summary>
internal sealed record ModelUsage
{
    public long Earned { get; init; }

    public long Spent { get; init; }

    public int Messages { get; init; }
}

/// <summary>The policy in the model; the first one is the table of defaults, before any was published.</summary>
internal sealed record ModelPolicy(
    long Version, IReadOnlyDictionary<string, long?> Prices, long Earn, long Spend, int Messages, long Silver, long Gold, long Platinum)
{
    public static ModelPolicy First { get; } = new(
        0,
        new Dictionary<string, long?>
        {
            ["earn_referral"] = 20, ["earn_task"] = 5, ["earn_message"] = 1, ["earn_group_join"] = 10, ["earn_share"] = 3, ["earn_bonus"] = null,
            ["earn_purchase"] = null, ["earn_admin"] = null, ["spend_message"] = 5, ["spend_content"] = 10, ["spend_group"] = 100, ["spend_special"] = 50,
            ["spend_admin"] = null, ["reversal"] = null,
        },
        100, 500, 20, 500, 2_000, 5_000);

    public bool IsSound => Earn >= 0 && Spend >= 0 && Messages >= 0 && Silver >= 1 && Gold > Silver && Platinum > Gold && Prices.Values.All(price => price is null or >= 1);

    public static ModelPolicy From(LedgerPolicy policy) => new(
        policy.Version, policy.Prices, policy.EarnPerDay.Value, policy.SpendPerDay.Value, policy.MessagesPerDay,
        policy.SilverFrom.Value, policy.GoldFrom.Value, policy.PlatinumFrom.Value);

    public string TierOf(long earned) => earned >= Platinum ? "Platinum" : earned >= Gold ? "Gold" : earned >= Silver ? "Silver" : "Bronze";
}
