namespace GavatDashboard.Domain.Coins;

/// <summary>
/// Decides a batch of operations one after another on a loaded state, so that two operations on the same account see each
/// other in order. Pure: the same state, operations and time give the same delta on every store.
/// </summary>
public sealed class LedgerBatch
{
    private readonly LedgerState _state;
    private readonly DateTimeOffset _now;
    private readonly LedgerHead _before;
    private readonly List<Entry> _entries = [];
    private readonly List<User> _newUsers = [];
    private readonly HashSet<string> _changedAccounts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _changedUsage = new(StringComparer.Ordinal);
    private readonly Dictionary<(DateOnly Slice, string UserId), (CoinAmount Earned, CoinAmount Spent)> _leaderboard = [];
    private readonly List<KeptAnswer> _answers = [];
    private readonly List<ActivityEvent> _activities = [];
    private readonly Dictionary<string, DateTimeOffset> _lastActivity = new(StringComparer.Ordinal);
    private readonly List<OutboxEvent> _outbox = [];
    private readonly DateOnly _today;
    private LedgerPolicy? _newPolicy;
    private long _sequence;
    private byte[] _chainHash;

    private LedgerBatch(LedgerState state, DateTimeOffset now)
    {
        _state = state;
        _now = now;
        _today = DateOnly.FromDateTime(now.UtcDateTime);
        _before = state.Head;
        _sequence = state.Head.Sequence;
        _chainHash = state.Head.ChainHash;
    }

    /// <summary>Decides the operations. The state is moved along, so that it can serve the next batch.</summary>
    /// <param name="state">What the store knows of everything the operations name.</param>
    /// <param name="operations">The operations, in the order in which they happen.</param>
    /// <param name="now">The time of the batch (UTC); cut to whole microseconds, which every store can hold.</param>
    /// <returns>What to write, and each operation's result in the operations' order.</returns>
    public static (LedgerDelta Delta, IReadOnlyList<OperationResult> Results) Decide(
        LedgerState state, IReadOnlyList<LedgerOperation> operations, DateTimeOffset now)
    {
        var batch = new LedgerBatch(state, LedgerTime.Truncate(now));
        var results = new OperationResult[operations.Count];
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = batch.Apply(operations[i]);
        }

        return (batch.ToDelta(), results);
    }

    private OperationResult Apply(LedgerOperation operation)
    {
        var requestHash = operation.ComputeRequestHash();
        if (FirstAnswer(operation, requestHash) is { } firstAnswer)
        {
            return firstAnswer;
        }

        var result = operation switch
        {
            CreateUser create => Create(create),
            PostCoins post => Post(post, requestHash),
            ReverseEntry reverse => Reverse(reverse, requestHash),
            PinTier pin => Pin(pin, requestHash),
            RefreshTier refresh => Refresh(refresh),
            RecordActivity activity => Record(activity, requestHash),
            ChangePolicy change => Change(change, requestHash),
            _ => throw new ArgumentOutOfRangeException(nameof(operation), operation.GetType().Name, "The ledger does not know this operation."),
        };
        return result is OperationResult.Refused { Refusal: { IsKept: true } refusal } ? KeepRefusal(operation, requestHash, refusal) : result;
    }

    /// <summary>Keeps the refusal with what was asked for, so that it can be asked again under another policy.</summary>
    private OperationResult.Refused KeepRefusal(LedgerOperation operation, byte[] requestHash, Refusal refusal)
    {
        var kept = operation is PostCoins post ? refusal with { EntryType = post.Type.Code, NamedAmount = post.Amount?.Value } : refusal;
        Keep(operation, requestHash, "refused", kept);
        return new OperationResult.Refused(kept);
    }

    private OperationResult? FirstAnswer(LedgerOperation operation, byte[] requestHash)
    {
        if (_state.EntriesByKey.TryGetValue(operation.IdempotencyKey, out var entry))
        {
            return entry.RequestHash.AsSpan().SequenceEqual(requestHash)
                ? new OperationResult.Posted(entry, _state.Accounts[entry.UserId], Replayed: true)
                : Refuse.KeyReuse(operation.IdempotencyKey);
        }

        if (!_state.AnswersByKey.TryGetValue(operation.IdempotencyKey, out var answer))
        {
            return null;
        }

        if (!answer.RequestHash.AsSpan().SequenceEqual(requestHash))
        {
            return Refuse.KeyReuse(operation.IdempotencyKey);
        }

        return answer.Refusal is { } refusal
            ? new OperationResult.Refused(refusal, Replayed: true)
            : operation switch
            {
                PinTier => new OperationResult.TierPinned(_state.Accounts[operation.UserId]),
                RecordActivity activity => new OperationResult.ActivityRecorded(ToEvent(activity) with { At = LedgerTime.Truncate(activity.At ?? answer.At) }, Replayed: true),
                ChangePolicy => new OperationResult.PolicyChanged(_state.Policy),
                _ => throw new InvalidOperationException($"The key '{operation.IdempotencyKey}' holds an answer of kind '{answer.Kind}', which is none of {operation.GetType().Name}."),
            };
    }

    private OperationResult Create(CreateUser create)
    {
        if (_state.Users.ContainsKey(create.UserId))
        {
            return Refuse.UserExists(create.UserId);
        }

        var user = new User
        {
            Id = create.UserId,
            Username = create.Username,
            Type = create.Type,
            RegisteredAt = LedgerTime.Truncate(create.RegisteredAt ?? _now),
        };
        var account = new Account { UserId = user.Id, Version = 1, UpdatedAt = _now, Tier = _state.Policy.TierFor(CoinAmount.Zero) };
        _state.Users[user.Id] = user;
        _newUsers.Add(user);
        SetAccount(account);
        Tell(OutboxKind.Account, user.Id, user.Id);
        return new OperationResult.UserCreated(user, account);
    }

    private OperationResult Post(PostCoins post, byte[] requestHash)
    {
        if (post.Type.Direction == EntryDirection.Reversal)
        {
            throw new ArgumentException("A reversal is asked for with ReverseEntry.", nameof(post));
        }

        if (!_state.Accounts.TryGetValue(post.UserId, out var account))
        {
            return Refuse.UnknownUser(post.UserId);
        }

        if ((post.Amount ?? _state.Policy.PriceOf(post.Type)) is not { } amount)
        {
            return Refuse.AmountMissing(post.Type);
        }

        if (amount < new CoinAmount(1) || amount > CoinAmount.MaxOperation)
        {
            return Refuse.AmountOutOfRange(amount);
        }

        var withinLimits = !post.Type.OutsideLimits && post.EffectiveAt is null;
        if (withinLimits && LimitPassed(post, amount) is { } passed)
        {
            return passed;
        }

        var signed = post.Type.Direction == EntryDirection.Earn ? amount : -amount;
        if (signed < CoinAmount.Zero && CannotPay(account, amount) is { } refused)
        {
            return refused;
        }

        if (WouldOverflow(account, signed))
        {
            return Refuse.AmountOutOfRange(amount);
        }

        if (withinLimits)
        {
            CountUsage(post, amount);
        }

        var entry = new Entry
        {
            Id = post.EntryId,
            Sequence = _sequence + 1,
            UserId = post.UserId,
            Type = post.Type,
            Amount = signed,
            BalanceAfter = account.Balance + signed,
            ContraAccount = post.Type.ContraAccount,
            Description = post.Description,
            RelatedUserId = post.RelatedUserId,
            Metadata = post.Metadata,
            IdempotencyKey = post.IdempotencyKey,
            RequestHash = requestHash,
            EffectiveAt = LedgerTime.Truncate(post.EffectiveAt ?? _now),
            RecordedAt = _now,
            Actor = post.Actor,
            Epoch = _before.Epoch,
            ChainHash = [],
        };
        return Append(entry, account, post.Type);
    }

    private OperationResult Reverse(ReverseEntry reverse, byte[] requestHash)
    {
        if (!_state.Originals.TryGetValue(reverse.OriginalEntryId, out var original) || original.UserId != reverse.UserId)
        {
            return Refuse.UnknownEntry(reverse.OriginalEntryId);
        }

        if (original.Type == EntryType.Reversal)
        {
            return Refuse.NotReversible(original.Id);
        }

        if (_state.Reversed.Contains(original.Id))
        {
            return Refuse.AlreadyReversed(original.Id);
        }

        var account = _state.Accounts[original.UserId];
        var signed = -original.Amount;
        if (signed < CoinAmount.Zero && CannotPay(account, signed.Abs()) is { } refused)
        {
            return refused;
        }

        _state.Reversed.Add(original.Id);
        var entry = new Entry
        {
            Id = reverse.EntryId,
            Sequence = _sequence + 1,
            UserId = original.UserId,
            Type = EntryType.Reversal,
            Amount = signed,
            BalanceAfter = account.Balance + signed,
            ContraAccount = original.ContraAccount,
            Description = reverse.Reason,
            RelatedUserId = original.RelatedUserId,
            ReversalOf = original.Id,
            IdempotencyKey = reverse.IdempotencyKey,
            RequestHash = requestHash,
            EffectiveAt = _now,
            RecordedAt = _now,
            Actor = reverse.Actor,
            Epoch = _before.Epoch,
            ChainHash = [],
        };
        return Append(entry, account, original.Type);
    }

    private OperationResult Pin(PinTier pin, byte[] requestHash)
    {
        if (!_state.Accounts.TryGetValue(pin.UserId, out var account))
        {
            return Refuse.UnknownUser(pin.UserId);
        }

        var changed = account with
        {
            Pin = pin.Tier is { } tier
                ? new TierPin(tier, pin.Reason, pin.Actor, pin.ExpiresAt is { } end ? LedgerTime.Truncate(end) : null)
                : null,
            Version = account.Version + 1,
            UpdatedAt = _now,
        };
        SetAccount(changed);
        Keep(pin, requestHash, "pin", refusal: null);
        Tell(OutboxKind.Account, pin.UserId, pin.UserId);
        return new OperationResult.TierPinned(changed);
    }

    private OperationResult Refresh(RefreshTier refresh)
    {
        if (!_state.Accounts.TryGetValue(refresh.UserId, out var account))
        {
            return Refuse.UnknownUser(refresh.UserId);
        }

        var tier = _state.Policy.TierFor(account.Earned);
        if (tier == account.Tier)
        {
            return new OperationResult.TierRefreshed(account);
        }

        var changed = account with { Tier = tier, Version = account.Version + 1, UpdatedAt = _now };
        SetAccount(changed);
        Tell(OutboxKind.Account, refresh.UserId, refresh.UserId);
        return new OperationResult.TierRefreshed(changed);
    }

    private OperationResult Record(RecordActivity activity, byte[] requestHash)
    {
        if (!_state.Users.ContainsKey(activity.UserId))
        {
            return Refuse.UnknownUser(activity.UserId);
        }

        var activityEvent = ToEvent(activity) with { Sequence = _sequence + 1 };
        _activities.Add(activityEvent);
        NoteActivity(activity.UserId, activityEvent.At);
        Keep(activity, requestHash, "activity", refusal: null);
        Tell(OutboxKind.Activity, activityEvent.Id.ToString(), activity.UserId);
        return new OperationResult.ActivityRecorded(activityEvent, Replayed: false);
    }

    private OperationResult Change(ChangePolicy change, byte[] requestHash)
    {
        if (change.Policy.Version != _state.Policy.Version + 1)
        {
            return Refuse.PolicyOutdated(_state.Policy.Version);
        }

        if (change.Policy.Validate() is { Count: > 0 } errors)
        {
            return Refuse.Invalid(string.Join(' ', errors));
        }

        _state.Policy = change.Policy;
        _newPolicy = change.Policy;
        Keep(change, requestHash, "policy", refusal: null);
        Tell(OutboxKind.Policy, change.Policy.Version.ToString(System.Globalization.CultureInfo.InvariantCulture), string.Empty);
        return new OperationResult.PolicyChanged(change.Policy);
    }

    private OperationResult? LimitPassed(PostCoins post, CoinAmount amount)
    {
        var usage = UsageOf(post.UserId);
        var policy = _state.Policy;
        if (post.Type.IsMessage && usage.Messages + 1 > policy.MessagesPerDay)
        {
            return Refuse.DailyLimit("messages", policy.MessagesPerDay, usage.Messages, 1, _today);
        }

        return post.Type.Direction switch
        {
            EntryDirection.Earn when usage.Earned + amount > policy.EarnPerDay =>
                Refuse.DailyLimit("earn", policy.EarnPerDay.Value, usage.Earned.Value, amount.Value, _today),
            EntryDirection.Spend when usage.Spent + amount > policy.SpendPerDay =>
                Refuse.DailyLimit("spend", policy.SpendPerDay.Value, usage.Spent.Value, amount.Value, _today),
            _ => null,
        };
    }

    private static OperationResult? CannotPay(Account account, CoinAmount amount) =>
        account.InDebt ? Refuse.AccountInDebt(account)
        : account.Balance < amount ? Refuse.InsufficientFunds(account.Balance, amount)
        : null;

    private static bool WouldOverflow(Account account, CoinAmount signed)
    {
        var headroom = new CoinAmount(long.MaxValue / 4);
        return account.Earned + signed.Abs() > headroom || account.Spent + signed.Abs() > headroom;
    }

    private void CountUsage(PostCoins post, CoinAmount amount)
    {
        var usage = UsageOf(post.UserId);
        _state.Usage[post.UserId] = usage with
        {
            Earned = post.Type.Direction == EntryDirection.Earn ? usage.Earned + amount : usage.Earned,
            Spent = post.Type.Direction == EntryDirection.Spend ? usage.Spent + amount : usage.Spent,
            Messages = usage.Messages + (post.Type.IsMessage ? 1 : 0),
        };
        _changedUsage.Add(post.UserId);
    }

    private DayUsage UsageOf(string userId) =>
        _state.Usage.TryGetValue(userId, out var usage) && usage.Day == _today
            ? usage
            : new DayUsage { UserId = userId, Day = _today };

    /// <summary>Chains and notes the entry, and moves the account. A reversal moves the totals of the type that it undoes.</summary>
    private OperationResult.Posted Append(Entry entry, Account account, EntryType totalsOf)
    {
        var isEarn = totalsOf.Direction == EntryDirection.Earn;
        var earned = isEarn ? entry.Amount : CoinAmount.Zero;
        var spent = isEarn ? CoinAmount.Zero : -entry.Amount;
        var chained = entry with { ChainHash = EntryChain.Next(_chainHash, entry) };
        _chainHash = chained.ChainHash;
        var changed = account with
        {
            Balance = entry.BalanceAfter,
            Earned = account.Earned + earned,
            Spent = account.Spent + spent,
            Granted = totalsOf.IsGranted ? account.Granted + earned : account.Granted,
            Tier = _state.Policy.TierFor(account.Earned + earned),
            Version = account.Version + 1,
            UpdatedAt = _now,
        };
        SetAccount(changed);
        _entries.Add(chained);
        _state.EntriesByKey[chained.IdempotencyKey] = chained;
        NoteActivity(entry.UserId, entry.EffectiveAt);
        if (!SystemAccounts.IsReserved(entry.UserId))
        {
            AddToLeaderboard(chained, earned, spent);
        }

        // The entry is its own event: they share their place in the log.
        _sequence = chained.Sequence;
        return new OperationResult.Posted(chained, changed, Replayed: false);
    }

    private void AddToLeaderboard(Entry entry, CoinAmount earned, CoinAmount spent)
    {
        var key = (LeaderboardPeriods.SliceOf(entry.EffectiveAt), entry.UserId);
        var sum = _leaderboard.GetValueOrDefault(key);
        _leaderboard[key] = (sum.Earned + earned, sum.Spent + spent);
    }

    private void SetAccount(Account account)
    {
        _state.Accounts[account.UserId] = account;
        _changedAccounts.Add(account.UserId);
    }

    private void NoteActivity(string userId, DateTimeOffset at)
    {
        if (!_lastActivity.TryGetValue(userId, out var known) || known < at)
        {
            _lastActivity[userId] = at;
        }
    }

    private void Keep(LedgerOperation operation, byte[] requestHash, string kind, Refusal? refusal)
    {
        var answer = new KeptAnswer(operation.IdempotencyKey, requestHash, operation.UserId, kind, refusal, _now);
        _answers.Add(answer);
        _state.AnswersByKey[answer.IdempotencyKey] = answer;
    }

    private void Tell(OutboxKind kind, string reference, string userId) =>
        _outbox.Add(new OutboxEvent(++_sequence, kind, reference, userId));

    private ActivityEvent ToEvent(RecordActivity activity) => new()
    {
        Id = activity.EventId,
        UserId = activity.UserId,
        Kind = activity.Kind,
        Metadata = activity.Metadata,
        At = LedgerTime.Truncate(activity.At ?? _now),
    };

    private LedgerDelta ToDelta()
    {
        var delta = new LedgerDelta
        {
            Before = _before,
            After = _before with { Sequence = _sequence, ChainHash = _chainHash, Revision = _before.Revision + 1 },
            At = _now,
            Entries = _entries,
            NewUsers = _newUsers,
            Accounts = [.. _changedAccounts.Select(id => _state.Accounts[id])],
            Usage = [.. _changedUsage.Select(id => _state.Usage[id])],
            Leaderboard = [.. _leaderboard.Select(row => new LeaderboardChange(row.Key.Slice, row.Key.UserId, row.Value.Earned, row.Value.Spent))],
            Answers = _answers,
            Activities = _activities,
            LastActivity = _lastActivity,
            Policy = _newPolicy,
            Outbox = _outbox,
        };
        if (!delta.IsEmpty)
        {
            _state.Head = delta.After;
        }

        return delta;
    }
}
