using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Demo;

/// <summary>
/// What the demo's people did before the demo began: they bought and spent in rhythms of their own, some more and more, some came back, and
/// some left. The same seed gives the same past.
/// </summary>
internal sealed class DemoLives(int seed, DateTimeOffset now)
{
    /// <summary>Those from here on have left: the traffic passes them over.</summary>
    public const int Leavers = 420;

    private const int MostDays = 150;
    private static readonly string[] Offers = ["spend_message", "spend_content", "spend_content", "spend_special", "spend_group"];

    /// <summary>What a user did, oldest first.</summary>
    /// <param name="number">From 0 to <see cref="DemoCommunity.Size"/> less one.</param>
    /// <param name="registeredAt">When the user registered (UTC).</param>
    public IEnumerable<PostCoins> PastOf(int number, DateTimeOffset registeredAt)
    {
        var random = new Random(unchecked(seed + (number * 7919)));
        var (first, last, daysApart) = RhythmOf(number, random);
        var at = now.AddDays(-Math.Min(first, (now - registeredAt).TotalDays)).AddMinutes(random.Next(1, 1_000));
        for (var i = 0; at < now.AddDays(-last); i++)
        {
            // Who comes more and more, in the last weeks every other day, and spends more each time; some of them very much.
            var isRising = number % 10 == 5 && at > now.AddDays(-24);
            var coins = (isRising ? random.Next(80, 300) : random.Next(20, 90)) * (isRising && number % 50 == 15 ? 4 : 1);
            yield return Post(number, i, EntryType.EarnPurchase, coins, at);
            var offer = EntryType.FromStore(Offers[random.Next(isRising ? Offers.Length : 3)]);
            yield return Post(number, i, offer, random.Next(5, coins), at.AddMinutes(random.Next(2, 90)));
            at = at.AddDays(isRising ? 2 : daysApart * (0.4 + (1.2 * random.NextDouble())));
            at = number % 10 == 7 && at > now.AddDays(-75) && at < now.AddDays(-12) ? now.AddDays(-random.Next(3, 12)) : at;
        }
    }

    /// <summary>How many days ago somebody began and ended, and how many days lie between two visits.</summary>
    private static (double First, double Last, double DaysApart) RhythmOf(int number, Random random) => (number >= Leavers, number % 10) switch
    {
        (true, < 5) => (MostDays, random.Next(32, 80), random.Next(5, 14)),
        (true, _) => (360, random.Next(185, 300), random.Next(10, 20)),
        (_, 4) => (MostDays, random.Next(16, 34), random.Next(3, 8)),
        (_, 9) => (20, 1, 6),
        _ => (MostDays, 0.2, random.Next(6, 20)),
    };

    private static PostCoins Post(int number, int step, EntryType type, long coins, DateTimeOffset at) => new()
    {
        IdempotencyKey = $"demo:past:{DemoCommunity.IdOf(number)}:{step}:{type.Code}",
        Actor = DemoCommunity.Actor,
        UserId = DemoCommunity.IdOf(number),
        Type = type,
        Amount = new CoinAmount(coins),
        Description = "Demo history",
        EffectiveAt = at,
        RelatedUserId = type.Direction == EntryDirection.Spend ? DemoCommunity.IdOf(25 * (number % (DemoCommunity.Size / 25))) : null,
    };
}
