using System.Globalization;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Tests.Stores.Model;

/// <summary>
/// Random operations that hit rules often: few users, amounts near the limits, keys that come again with the same and with other
/// bodies, entries that are reversed twice or belong to somebody else. The same seed gives the same operations.
/// </summary>
internal sealed class ModelOperations(int seed)
{
    private static readonly string[] Users = ["ayla", "bora", "cem", "deniz", "nobody"];
    private static readonly EntryType[] Types = [.. EntryType.All.Where(type => type.Direction != EntryDirection.Reversal)];
    private readonly Random random = new(seed);
    private readonly List<LedgerOperation> sent = [];
    private readonly List<PostCoins> reversible = [];
    private int keys;

    /// <summary>The next operation.</summary>
    /// <param name="policyVersion">The version of the policy that the caller believes in.</param>
    public LedgerOperation Next(long policyVersion)
    {
        var operation = random.Next(100) switch
        {
            < 15 when sent.Count > 0 => Again(sent[random.Next(sent.Count)]),
            < 20 when sent.Count > 0 => Fresh(policyVersion) with { IdempotencyKey = sent[random.Next(sent.Count)].IdempotencyKey },
            _ => Fresh(policyVersion),
        };
        sent.Add(operation);
        return operation;
    }

    /// <summary>The operations were answered: from now on what they posted can be reversed.</summary>
    public void Settle(IEnumerable<LedgerOperation> answered) => reversible.AddRange(answered.OfType<PostCoins>());

    /// <summary>How far the clock goes before the next batch: mostly a little, at times over midnight, at times back.</summary>
    public TimeSpan Pause() => random.Next(40) switch
    {
        0 => TimeSpan.FromHours(random.Next(1, 40)),
        1 => TimeSpan.FromHours(-random.Next(1, 30)),
        _ => TimeSpan.FromMilliseconds(random.Next(0, 90_000)),
    };

    /// <summary>How many operations the next batch holds.</summary>
    public int BatchSize() => random.Next(4) == 0 ? random.Next(10, 40) : random.Next(1, 6);

    /// <summary>As a caller sends it who got no answer: the same request, for which the edge makes another identity.</summary>
    private LedgerOperation Again(LedgerOperation operation) => operation switch
    {
        PostCoins post => post with { EntryId = NewId(), Actor = "another" },
        ReverseEntry reverse => reverse with { EntryId = NewId(), Actor = "another" },
        _ => operation,
    };

    private LedgerOperation Fresh(long policyVersion) => random.Next(100) switch
    {
        < 66 => Post(),
        < 76 => Reverse(),
        < 84 => new CreateUser { IdempotencyKey = NewKey(), Actor = "model", UserId = Users[random.Next(4)], Username = $"name {random.Next(3)}" },
        < 89 => Pin(),
        < 91 => new RefreshTier { IdempotencyKey = NewKey(), Actor = "model", UserId = User() },
        < 97 => new RecordActivity { IdempotencyKey = NewKey(), Actor = "model", UserId = User(), Kind = random.Next(2) == 0 ? "login" : "view" },
        _ => Change(policyVersion),
    };

    private PostCoins Post()
    {
        var type = Types[random.Next(Types.Length)];
        return new PostCoins
        {
            IdempotencyKey = NewKey(),
            EntryId = NewId(),
            Actor = "model",
            UserId = User(),
            Type = type,
            Amount = random.Next(10) < 5 ? null : Amount(type),
            Description = random.Next(3) == 0 ? "for the soup" : null,
            RelatedUserId = random.Next(4) == 0 ? User() : null,
            EffectiveAt = random.Next(12) == 0 ? new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(random.Next(30_000_000)) : null,
        };
    }

    private CoinAmount Amount(EntryType type) => new(random.Next(12) switch
    {
        0 => -random.Next(0, 3),
        1 => 1_000_000_000_001,
        < 5 when type.OutsideLimits => random.Next(1, 1_500),
        _ => random.Next(1, 60),
    });

    private ReverseEntry Reverse()
    {
        var original = reversible.Count > 0 && random.Next(12) > 0 ? reversible[random.Next(reversible.Count)] : null;
        return new ReverseEntry
        {
            IdempotencyKey = NewKey(),
            EntryId = NewId(),
            Actor = "model",
            UserId = original is null || random.Next(12) == 0 ? User() : original.UserId,
            OriginalEntryId = original?.EntryId ?? NewId(),
            Reason = "by mistake",
        };
    }

    private PinTier Pin() => new()
    {
        IdempotencyKey = NewKey(),
        Actor = "model",
        UserId = User(),
        Tier = random.Next(3) == 0 ? null : (Tier)random.Next(4),
        Reason = "a promise",
        ExpiresAt = random.Next(2) == 0 ? null : new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero),
    };

    private ChangePolicy Change(long version)
    {
        var silver = random.Next(10) == 0 ? 0 : random.Next(100, 600);
        var prices = LedgerPolicy.Default.Prices.ToDictionary(price => price.Key, price => price.Value);
        prices["spend_content"] = random.Next(1, 30);
        return new ChangePolicy
        {
            IdempotencyKey = NewKey(),
            Actor = "model",
            UserId = string.Empty,
            Policy = new LedgerPolicy
            {
                Version = random.Next(5) == 0 ? version : version + 1,
                Prices = prices,
                EarnPerDay = new(random.Next(40, 200)),
                SpendPerDay = new(random.Next(100, 700)),
                MessagesPerDay = random.Next(3, 20),
                SilverFrom = new(silver),
                GoldFrom = new(silver + random.Next(1, 900)),
                PlatinumFrom = new(silver + 900 + random.Next(1, 900)),
            },
        };
    }

    private string User() => Users[random.Next(20) == 0 ? 4 : random.Next(4)];

    private string NewKey() => string.Create(CultureInfo.InvariantCulture, $"{seed}-{++keys}");

    private Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }
}
