using System.Globalization;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Demo;

/// <summary>Who lives in the demo community and what they do next. The same seed gives the same people and the same deeds.</summary>
internal sealed class DemoCommunity(int seed)
{
    /// <summary>How many users it has.</summary>
    public const int Size = 500;

    /// <summary>Who the demo's operations are done by; it is shown with every entry.</summary>
    public const string Actor = "system:demo";

    private static readonly string[] Names = ["Lara", "Deniz", "Ece", "Kaan", "Mira", "Arda", "Selin", "Baran", "Nora", "Emre", "Ayla", "Can", "Derya", "Ozan", "Ada", "Tuna"];
    private static readonly string[] Earns = ["earn_message", "earn_message", "earn_task", "earn_share", "earn_group_join", "earn_referral"];
    private static readonly string[] Spends = ["spend_message", "spend_message", "spend_content", "spend_content", "spend_special", "spend_group"];
    private readonly Random _random = new(seed);

    /// <summary>The id of a user, plainly a demo's.</summary>
    /// <param name="number">From 0 to <see cref="Size"/> less one.</param>
    public static string IdOf(int number) => string.Create(CultureInfo.InvariantCulture, $"demo-{number + 1:000}");

    /// <summary>The name of a user, plainly a demo's.</summary>
    public static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{Names[number % Names.Length]} (demo {number + 1})");

    /// <summary>The registration of a user, some time in the last year.</summary>
    public CreateUser Register(int number, DateTimeOffset now) => new()
    {
        IdempotencyKey = $"demo:user:{IdOf(number)}",
        Actor = Actor,
        UserId = IdOf(number),
        Username = NameOf(number),
        Type = number % 25 == 0 ? UserType.Creator : number % 40 == 1 ? UserType.Vip : UserType.Member,
        RegisteredAt = now.AddDays(-(number < DemoLives.Leavers ? _random.Next(1, 365) : _random.Next(310, 365))),
    };

    /// <summary>The first purchase of a user, at the registration: few buy much, many buy little.</summary>
    public PostCoins FirstPurchase(int number, DateTimeOffset at) =>
        Post(number, EntryType.EarnPurchase, $"demo:first:{IdOf(number)}", 20 + (_random.Next(1, 60) * (number % 20 == 0 ? 100 : number % 5 == 0 ? 15 : 1))) with { EffectiveAt = at };

    /// <summary>The next deed of somebody; some ask for what they cannot pay.</summary>
    public PostCoins Next()
    {
        var number = NextPerson();
        var key = $"demo:{Guid.CreateVersion7():N}";
        var dice = _random.Next(100);
        return dice switch
        {
            < 6 => Post(number, EntryType.EarnPurchase, key, 50 * _random.Next(1, 12)),
            < 50 => Post(number, EntryType.FromStore(Earns[_random.Next(Earns.Length)]), key, null),
            _ => Post(number, EntryType.FromStore(Spends[_random.Next(Spends.Length)]), key, null),
        };
    }

    /// <summary>The next one who looks at a balance.</summary>
    public string NextVisitor() => IdOf(NextPerson());

    /// <summary>How long until the next deed: 0.1 s to 0.9 s.</summary>
    public TimeSpan NextPause() => TimeSpan.FromMilliseconds(_random.Next(100, 900));

    // Some are here much more than others, and some have left.
    private int NextPerson() => (int)(DemoLives.Leavers * Math.Pow(_random.NextDouble(), 2.5));

    private PostCoins Post(int number, EntryType type, string key, long? coins) => new()
    {
        IdempotencyKey = key,
        Actor = Actor,
        UserId = IdOf(number),
        Type = type,
        Amount = coins is { } amount ? new CoinAmount(amount) : null,
        Description = "Demo traffic",
        RelatedUserId = type.Code is "spend_message" or "spend_content" or "spend_special" ? IdOf(25 * _random.Next(Size / 25)) : null,
    };
}
