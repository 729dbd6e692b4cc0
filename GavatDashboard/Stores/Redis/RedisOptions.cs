using Microsoft.Extensions.Options;

namespace GavatDashboard.Stores.Redis;

/// <summary>How the cache is asked; section <c>Stores:Redis</c>. Its address is the connection string <c>Redis</c>.</summary>
internal sealed class RedisOptions
{
    public const string Section = "Stores:Redis";

    /// <summary>How long a connection attempt may take, 100 to 10,000 ms.</summary>
    public int ConnectTimeoutMs { get; set; } = 1_000;

    /// <summary>How long a command may take, 50 to 10,000 ms.</summary>
    public int CommandTimeoutMs { get; set; } = 1_000;

    /// <summary>How long a lookup waits before it asks the ledger instead, 10 to 5,000 ms.</summary>
    public int LookupTimeoutMs { get; set; } = 250;

    /// <summary>How long callers of a write wait for the cache at most, 10 to 5,000 ms.</summary>
    public int WriteThroughTimeoutMs { get; set; } = 250;

    /// <summary>How long a balance is kept, 1 to 86,400 s.</summary>
    public int BalanceLifetimeSeconds { get; set; } = 300;

    /// <summary>What is wrong, each error with its key; empty where nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        (string Key, int Value, int Min, int Max)[] ranges =
        [
            (nameof(ConnectTimeoutMs), ConnectTimeoutMs, 100, 10_000),
            (nameof(CommandTimeoutMs), CommandTimeoutMs, 50, 10_000),
            (nameof(LookupTimeoutMs), LookupTimeoutMs, 10, 5_000),
            (nameof(WriteThroughTimeoutMs), WriteThroughTimeoutMs, 10, 5_000),
            (nameof(BalanceLifetimeSeconds), BalanceLifetimeSeconds, 1, 86_400),
        ];
        return ranges
            .Where(range => range.Value < range.Min || range.Value > range.Max)
            .Select(range => $"{Section}:{range.Key}: {range.Value} is not between {range.Min} and {range.Max}.");
    }
}

/// <summary>Says at start what is wrong with the options, by key.</summary>
internal sealed class RedisOptionsValidation : IValidateOptions<RedisOptions>
{
    public ValidateOptionsResult Validate(string? name, RedisOptions options) =>
        options.Validate().ToArray() is { Length: > 0 } errors ? ValidateOptionsResult.Fail(errors) : ValidateOptionsResult.Success;
}
