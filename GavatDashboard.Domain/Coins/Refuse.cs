namespace GavatDashboard.Domain.Coins;

/// <summary>Makes refusals, so that each is worded once: what was wrong, and what to do.</summary>
public static class Refuse
{
    /// <summary>There is no such user.</summary>
    public static OperationResult.Refused UnknownUser(string userId) => With(new()
    {
        Code = Refusal.UnknownUser,
        Message = $"There is no user '{userId}'. Create the user first.",
    });

    /// <summary>The id is taken.</summary>
    public static OperationResult.Refused UserExists(string userId) => With(new()
    {
        Code = Refusal.UserExists,
        Message = $"The user '{userId}' exists already.",
    });

    /// <summary>The type has no price and the request names no amount.</summary>
    public static OperationResult.Refused AmountMissing(EntryType type) => With(new()
    {
        Code = Refusal.InvalidAmount,
        Message = $"'{type.Code}' has no fixed price: name an amount between 1 and {CoinAmount.MaxOperation} coins.",
    });

    /// <summary>The amount is not a number of coins that an operation may move.</summary>
    public static OperationResult.Refused AmountOutOfRange(CoinAmount amount) => With(new()
    {
        Code = Refusal.InvalidAmount,
        Message = $"{amount} is no amount: name a whole number between 1 and {CoinAmount.MaxOperation} coins that the account can hold.",
        Required = amount.Value,
    });

    /// <summary>The account cannot pay.</summary>
    public static OperationResult.Refused InsufficientFunds(CoinAmount balance, CoinAmount required) => With(new()
    {
        Code = Refusal.InsufficientFunds,
        Message = $"The balance is {balance} coins; {required} are needed.",
        Balance = balance.Value,
        Required = required.Value,
    });

    /// <summary>Recovery left the account in debt.</summary>
    public static OperationResult.Refused AccountInDebt(Account account) => With(new()
    {
        Code = Refusal.AccountInDebt,
        Message = $"Spending is frozen: a recovery left the account in debt (balance {account.Balance}). An admin has to settle it.",
        Balance = account.Balance.Value,
    });

    /// <summary>A daily limit would be passed.</summary>
    public static OperationResult.Refused DailyLimit(string limit, long allowed, long used, long required, DateOnly day)
    {
        var resetsAt = new DateTimeOffset(day.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        var unit = limit == "messages" ? "messages" : "coins";
        return With(new()
        {
            Code = Refusal.DailyLimit,
            Message = $"The daily {limit} limit is {allowed} {unit}; {used} are used and {required} more are asked for. It resets at {resetsAt:yyyy-MM-dd HH:mm} UTC.",
            Limit = limit,
            Allowed = allowed,
            Used = used,
            Required = required,
            ResetsAt = resetsAt,
        });
    }

    /// <summary>The key was used before for another request.</summary>
    public static OperationResult.Refused KeyReuse(string key) => With(new()
    {
        Code = Refusal.KeyReuse,
        Message = $"The idempotency key '{key}' was used before for another request. Send a new key with a new request.",
    });

    /// <summary>There is no such type, or it does not belong to this operation.</summary>
    public static OperationResult.Refused UnknownType(string? code, EntryDirection direction)
    {
        var fitting = EntryType.All.Where(type => type.Direction == direction).Select(type => type.Code);
        return With(new()
        {
            Code = Refusal.UnknownType,
            Message = $"'{code}' is no type of {(direction == EntryDirection.Earn ? "earning" : "spending")}. Use one of: {string.Join(", ", fitting)}.",
        });
    }

    /// <summary>There is no such entry.</summary>
    public static OperationResult.Refused UnknownEntry(Guid entryId) => With(new()
    {
        Code = Refusal.UnknownEntry,
        Message = $"There is no entry '{entryId}'.",
    });

    /// <summary>The entry has been reversed already.</summary>
    public static OperationResult.Refused AlreadyReversed(Guid entryId) => With(new()
    {
        Code = Refusal.AlreadyReversed,
        Message = $"The entry '{entryId}' has been reversed already.",
    });

    /// <summary>A reversal cannot be reversed.</summary>
    public static OperationResult.Refused NotReversible(Guid entryId) => With(new()
    {
        Code = Refusal.NotReversible,
        Message = $"The entry '{entryId}' is itself a reversal. Post a new entry instead.",
    });

    /// <summary>Somebody else published another policy in between.</summary>
    public static OperationResult.Refused PolicyOutdated(long current) => With(new()
    {
        Code = Refusal.PolicyOutdated,
        Message = $"The policy is at version {current} now. Load it again and repeat the change.",
    });

    /// <summary>A field is not usable.</summary>
    /// <param name="message">Which, why, and what to do.</param>
    public static OperationResult.Refused Invalid(string message) => With(new()
    {
        Code = Refusal.InvalidRequest,
        Message = message,
    });

    private static OperationResult.Refused With(Refusal refusal) => new(refusal);
}
