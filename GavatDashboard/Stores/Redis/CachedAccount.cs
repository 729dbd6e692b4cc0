using System.Text.Json;
using System.Text.Json.Serialization;
using GavatDashboard.Domain.Coins;
using StackExchange.Redis;

namespace GavatDashboard.Stores.Redis;

/// <summary>An account as the cache holds it: JSON with short names, since there may be a million of them.</summary>
internal sealed record CachedAccount
{
    [JsonPropertyName("u")]
    public required string UserId { get; init; }

    [JsonPropertyName("b")]
    public long Balance { get; init; }

    [JsonPropertyName("e")]
    public long Earned { get; init; }

    [JsonPropertyName("s")]
    public long Spent { get; init; }

    [JsonPropertyName("g")]
    public long Granted { get; init; }

    [JsonPropertyName("t")]
    public Tier Tier { get; init; }

    [JsonPropertyName("p")]
    public TierPin? Pin { get; init; }

    [JsonPropertyName("d")]
    public bool InDebt { get; init; }

    [JsonPropertyName("v")]
    public long Version { get; init; }

    /// <summary>Microseconds since 1970.</summary>
    [JsonPropertyName("at")]
    public long UpdatedAt { get; init; }

    public static RedisValue Write(Account account) => JsonSerializer.SerializeToUtf8Bytes(
        new CachedAccount
        {
            UserId = account.UserId,
            Balance = account.Balance.Value,
            Earned = account.Earned.Value,
            Spent = account.Spent.Value,
            Granted = account.Granted.Value,
            Tier = account.Tier,
            Pin = account.Pin,
            InDebt = account.InDebt,
            Version = account.Version,
            UpdatedAt = LedgerTime.ToUnixMicroseconds(account.UpdatedAt),
        },
        RedisJson.Default.CachedAccount);

    /// <exception cref="JsonException">The value is no account.</exception>
    public static Account Read(RedisValue value)
    {
        var cached = JsonSerializer.Deserialize((byte[])value!, RedisJson.Default.CachedAccount)
            ?? throw new JsonException("The value is no account.");
        return new Account
        {
            UserId = cached.UserId,
            Balance = new CoinAmount(cached.Balance),
            Earned = new CoinAmount(cached.Earned),
            Spent = new CoinAmount(cached.Spent),
            Granted = new CoinAmount(cached.Granted),
            Tier = cached.Tier,
            Pin = cached.Pin,
            InDebt = cached.InDebt,
            Version = cached.Version,
            UpdatedAt = LedgerTime.FromUnixMicroseconds(cached.UpdatedAt),
        };
    }
}

/// <summary>Source-generated serializers of what Redis holds.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(CachedAccount))]
[JsonSerializable(typeof(CopyMark))]
internal sealed partial class RedisJson : JsonSerializerContext;
