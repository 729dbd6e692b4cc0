namespace GavatDashboard.Domain.Coins;

/// <summary>What became of a ledger operation. A refusal that can be expected is a value; a bug throws.</summary>
public abstract record OperationResult
{
    private OperationResult()
    {
    }

    /// <summary>The entry is in the ledger.</summary>
    /// <param name="Entry">The entry.</param>
    /// <param name="Account">The account after it; when <paramref name="Replayed"/>, the account as it is now.</param>
    /// <param name="Replayed">Whether an earlier request with the same key had posted it.</param>
    public sealed record Posted(Entry Entry, Account Account, bool Replayed) : OperationResult;

    /// <summary>The user was created.</summary>
    /// <param name="User">The user.</param>
    /// <param name="Account">The empty account.</param>
    public sealed record UserCreated(User User, Account Account) : OperationResult;

    /// <summary>The account's tier pin was changed.</summary>
    /// <param name="Account">The account after it.</param>
    public sealed record TierPinned(Account Account) : OperationResult;

    /// <summary>The account's computed tier is what the policy says.</summary>
    /// <param name="Account">The account after it.</param>
    public sealed record TierRefreshed(Account Account) : OperationResult;

    /// <summary>The activity was noted.</summary>
    /// <param name="Event">The event.</param>
    /// <param name="Replayed">Whether it had been noted before.</param>
    public sealed record ActivityRecorded(ActivityEvent Event, bool Replayed) : OperationResult;

    /// <summary>The policy holds from now on.</summary>
    /// <param name="Policy">The policy.</param>
    public sealed record PolicyChanged(LedgerPolicy Policy) : OperationResult;

    /// <summary>Nothing was changed.</summary>
    /// <param name="Refusal">Why.</param>
    /// <param name="Replayed">Whether an earlier request with the same key was refused in the same way.</param>
    public sealed record Refused(Refusal Refusal, bool Replayed = false) : OperationResult;
}

/// <summary>Why an operation was refused: a code for programs, words for people, and the figures behind them.</summary>
public sealed record Refusal
{
    /// <summary>The account cannot pay.</summary>
    public const string InsufficientFunds = "insufficient_funds";

    /// <summary>A daily limit would be passed.</summary>
    public const string DailyLimit = "daily_limit";

    /// <summary>The amount is missing, not positive, or too large.</summary>
    public const string InvalidAmount = "invalid_amount";

    /// <summary>There is no such entry type, or it does not belong to this operation.</summary>
    public const string UnknownType = "unknown_type";

    /// <summary>There is no such user.</summary>
    public const string UnknownUser = "unknown_user";

    /// <summary>The key was used before for another request.</summary>
    public const string KeyReuse = "key_reuse";

    /// <summary>There is no such entry.</summary>
    public const string UnknownEntry = "unknown_entry";

    /// <summary>The entry has been reversed already.</summary>
    public const string AlreadyReversed = "already_reversed";

    /// <summary>A reversal cannot itself be reversed.</summary>
    public const string NotReversible = "not_reversible";

    /// <summary>Spending is frozen because recovery left the account in debt.</summary>
    public const string AccountInDebt = "account_in_debt";

    /// <summary>The id is taken.</summary>
    public const string UserExists = "user_exists";

    /// <summary>Somebody else published another policy in between.</summary>
    public const string PolicyOutdated = "policy_outdated";

    /// <summary>A field of the request is not usable; the message says which and why.</summary>
    public const string InvalidRequest = "invalid_request";

    /// <summary>The code, one of the constants of this type.</summary>
    public required string Code { get; init; }

    /// <summary>What was wrong and what to do, for a person.</summary>
    public required string Message { get; init; }

    /// <summary>For a daily limit: <c>earn</c>, <c>spend</c> or <c>messages</c>.</summary>
    public string? Limit { get; init; }

    /// <summary>For a daily limit: what a day allows, in coins or messages.</summary>
    public long? Allowed { get; init; }

    /// <summary>For a daily limit: what was used before this request, in coins or messages.</summary>
    public long? Used { get; init; }

    /// <summary>For a daily limit: when it starts anew (UTC).</summary>
    public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>For missing funds: the balance, in coins.</summary>
    public long? Balance { get; init; }

    /// <summary>For missing funds or a limit: what was asked for, in coins or messages.</summary>
    public long? Required { get; init; }

    /// <summary>For an earn or spend whose refusal is kept: the code of the entry type that was asked for. What was refused before this was noted has none.</summary>
    public string? EntryType { get; init; }

    /// <summary>For an earn or spend whose refusal is kept: the coins that the request named; null for the type's price.</summary>
    public long? NamedAmount { get; init; }

    /// <summary>
    /// Whether the refusal hung on the state of the account. Only then is it kept under the idempotency key, so that the
    /// same request gets the same answer for ever; the others follow from the request itself or from what does not exist yet.
    /// </summary>
    public bool IsKept => Code is InsufficientFunds or DailyLimit or AccountInDebt or AlreadyReversed;
}
