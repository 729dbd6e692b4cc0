using System.Globalization;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Tests.Stores.Model;

/// <summary>Words an answer so that the model's and the ledger's can be compared, and a difference can be read.</summary>
internal static class ModelAnswer
{
    /// <summary>The ledger's answer.</summary>
    public static string Of(OperationResult result) => result switch
    {
        OperationResult.Posted { Entry: var entry, Account: var account, Replayed: var again } =>
            PostedText(entry.Id, entry.Type.Code, entry.Amount.Value, entry.BalanceAfter.Value, entry.ReversalOf, Of(account), again),
        OperationResult.UserCreated created => $"created: {Of(created.Account)}",
        OperationResult.TierPinned pinned => $"pinned: {Of(pinned.Account)}",
        OperationResult.TierRefreshed refreshed => $"refreshed: {Of(refreshed.Account)}",
        OperationResult.ActivityRecorded { Event: var noted, Replayed: var again } => Recorded(noted.UserId, noted.Kind, noted.At, again),
        OperationResult.PolicyChanged changed => PolicyChanged(changed.Policy.Version),
        OperationResult.Refused { Refusal: var refusal, Replayed: var again } => Refused(Of(refusal), again),
        _ => throw new ArgumentException($"There is no word for {result.GetType().Name}."),
    };

    public static string Posted(ModelEntry entry, ModelAccount account, bool again) =>
        PostedText(entry.Id, entry.Type, entry.Amount, entry.BalanceAfter, entry.ReversalOf, account.ToString(), again);

    public static string Created(ModelAccount account) => $"created: {account}";

    public static string Pinned(ModelAccount account) => $"pinned: {account}";

    public static string Refreshed(ModelAccount account) => $"refreshed: {account}";

    public static string Recorded(string user, string kind, DateTimeOffset at, bool again) =>
        $"recorded: {user} {kind} at {LedgerTime.ToUnixMicroseconds(at).ToString(CultureInfo.InvariantCulture)}{Again(again)}";

    public static string PolicyChanged(long version) => $"policy {version.ToString(CultureInfo.InvariantCulture)}";

    public static string Refused(string refusal, bool again = false) => $"refused: {refusal}{Again(again)}";

    public static string Limit(string limit, long allowed, long used, long required, DateOnly day) =>
        string.Create(CultureInfo.InvariantCulture, $"daily_limit {limit} {allowed} used {used} asked {required} until {day.AddDays(1):yyyy-MM-dd}");

    public static string Funds(long balance, long required) => string.Create(CultureInfo.InvariantCulture, $"insufficient_funds {balance} of {required}");

    private static string PostedText(Guid id, string type, long amount, long after, Guid? reversalOf, string account, bool again) =>
        string.Create(CultureInfo.InvariantCulture, $"posted: {type} {amount} as {id}, then {after}{(reversalOf is { } original ? $", undoes {original}" : "")}; {account}{Again(again)}");

    private static string Of(Account account) => new ModelAccount
    {
        User = account.UserId,
        Balance = account.Balance.Value,
        Earned = account.Earned.Value,
        Spent = account.Spent.Value,
        Granted = account.Granted.Value,
        Tier = account.Tier.ToString(),
        Pin = account.Pin?.Tier.ToString(),
        Version = account.Version,
    }.ToString();

    private static string Of(Refusal refusal) => refusal.Code switch
    {
        Refusal.DailyLimit => Limit(refusal.Limit!, refusal.Allowed!.Value, refusal.Used!.Value, refusal.Required!.Value, DateOnly.FromDateTime(refusal.ResetsAt!.Value.UtcDateTime).AddDays(-1)),
        Refusal.InsufficientFunds => Funds(refusal.Balance!.Value, refusal.Required!.Value),
        _ => refusal.Code,
    };

    private static string Again(bool again) => again ? ", again" : "";
}
