using System.Globalization;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Demo;

/// <summary>Planted cases of abuse, one of each kind that the rules look for, so that there is something to find. Their names say that they are planted.</summary>
internal sealed class DemoCases(DateTimeOffset now)
{
    private const string Prefix = "demo-case-";
    private int _step;

    /// <summary>The id of a planted user.</summary>
    public static string IdOf(string name) => Prefix + name;

    /// <summary>All cases: what one consists of is done in its order.</summary>
    public IEnumerable<IReadOnlyList<LedgerOperation>> All()
    {
        yield return [.. Circle()];
        yield return [.. Star()];
        yield return [.. Program()];
        yield return [.. Hammer()];
        yield return [.. Collector()];
        yield return [.. Returned()];
        yield return [.. Reversals()];
        yield return [.. Devices()];
    }

    private IEnumerable<LedgerOperation> Circle()
    {
        string[] ring = ["ring-1", "ring-2", "ring-3"];
        return
        [
            .. ring.Select((name, i) => Register(name, $"referral circle {i + 1}", 40)),
            .. ring.Select((name, i) => Post(name, "earn_referral", 9 - i, relatedTo: ring[(i + 1) % ring.Length])),
            .. ring.Select((name, i) => Post(name, "spend_content", 2 + i)),
        ];
    }

    private IEnumerable<LedgerOperation> Star()
    {
        string[] hollow = [.. Enumerable.Range(1, 12).Select(i => string.Create(CultureInfo.InvariantCulture, $"star-{i:00}"))];
        return
        [
            Register("star", "referral star", 60),
            .. hollow.Select((name, i) => Register(name, $"hollow account {i + 1}", 18 - i)),
            .. hollow.Select((name, i) => Post("star", "earn_referral", 17.9 - i, relatedTo: name)),
            Post("star", "spend_special", 1),
        ];
    }

    private IEnumerable<LedgerOperation> Program() =>
    [
        Register("program", "program that earns", 30),
        .. Enumerable.Range(0, 70).Select(i => Post("program", "earn_message", 2 - (i * 0.0004))),
        Post("program", "spend_message", 0.5),
    ];

    /// <summary>Refused at the daily limit again and again: these happen now, for a refusal has no other time.</summary>
    private IEnumerable<LedgerOperation> Hammer() =>
    [
        Register("hammer", "limit hammering", 30),
        Post("hammer", "earn_purchase", 4),
        Post("hammer", "spend_message", 3),
        .. Enumerable.Range(0, 74).Select(_ => Post("hammer", "earn_task", null)),
    ];

    private IEnumerable<LedgerOperation> Collector() =>
    [
        Register("collector", "earns and never spends", 60),
        .. Enumerable.Range(0, 55).Select(i => Post("collector", "earn_task", 55 - i)),
    ];

    private IEnumerable<LedgerOperation> Returned() =>
    [
        Register("returned", "burst after dormancy", 320),
        Post("returned", "earn_purchase", 200),
        .. Enumerable.Range(0, 40).Select(i => Post("returned", "spend_message", 3 - (i * 0.005))),
    ];

    private IEnumerable<LedgerOperation> Reversals()
    {
        PostCoins[] spends = [.. Enumerable.Range(0, 11).Select(i => Post("reversals", "spend_content", 12 - i))];
        return
        [
            Register("reversals", "reversed entries", 90),
            Post("reversals", "earn_purchase", 30),
            .. spends,
            .. spends.Select(spend => new ReverseEntry
            {
                IdempotencyKey = Key("reverse"), Actor = DemoCommunity.Actor, UserId = spend.UserId, OriginalEntryId = spend.EntryId, Reason = "Planted case",
            }),
        ];
    }

    /// <summary>Three accounts on one device that only collect coins: two signs at once, which makes them fakes.</summary>
    private IEnumerable<LedgerOperation> Devices()
    {
        string[] farm = ["device-1", "device-2", "device-3"];
        return
        [
            .. farm.Select((name, i) => Register(name, $"shared device {i + 1}", 50)),
            .. farm.SelectMany((name, i) => Enumerable.Range(0, 45).Select(day => Post(name, "earn_task", 45 - day + (i * 0.01)))),
            .. farm.Select((name, i) => new RecordActivity
            {
                IdempotencyKey = Key("device"), Actor = DemoCommunity.Actor, UserId = IdOf(name), Kind = "login", Metadata = """{"device":"demo-tablet"}""", At = now.AddDays(-2 - i),
            }),
        ];
    }

    private CreateUser Register(string name, string about, double daysAgo) => new()
    {
        IdempotencyKey = $"demo:case:{name}", Actor = DemoCommunity.Actor, UserId = IdOf(name), Username = $"Planted: {about}", RegisteredAt = now.AddDays(-daysAgo),
    };

    private PostCoins Post(string name, string type, double? daysAgo, string? relatedTo = null) => new()
    {
        IdempotencyKey = Key(type),
        Actor = DemoCommunity.Actor,
        UserId = IdOf(name),
        Type = EntryType.FromStore(type),
        Amount = type == "earn_purchase" ? new CoinAmount(400) : null,
        Description = "Planted case",
        RelatedUserId = relatedTo is null ? null : IdOf(relatedTo),
        EffectiveAt = daysAgo is { } days ? now.AddDays(-days) : null,
    };

    private string Key(string what) => string.Create(CultureInfo.InvariantCulture, $"demo:case:{what}:{_step++}:{now.UtcTicks}");
}
