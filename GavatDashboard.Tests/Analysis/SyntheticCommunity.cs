using GavatDashboard.Domain.Analysis;

namespace GavatDashboard.Tests.Analysis;

/// <summary>A community of which is known who cheats: ordinary members of several kinds, and planted frauds of each kind that the rules speak of.</summary>
internal static class SyntheticCommunity
{
    public const int Honest = 4_000;
    public const int EachFraud = 50;
    private static readonly DateTimeOffset Now = HistoryBuilder.Now;

    /// <summary>The frauds that are planted, with who makes one.</summary>
    private static readonly (string Kind, Action<HistoryBuilder, Random> Plant)[] Frauds =
    [
        ("referral circle", (user, random) => Honestly(user, random).InCycle("p1", "p2", "p3")),
        ("referral star", (user, random) => Honestly(user, random).Times(random.Next(6, 25), (one, i) => one.Referred(random.Next(4, 60), $"h{i}", 0, random.Next(3) == 0 ? 0.4 : null))
            .Times(random.Next(0, 4), (one, i) => one.Referred(random.Next(4, 60), $"l{i}"))),
        ("program that earns", (user, random) => Honestly(user, random).Times(random.Next(20, 90), (one, i) => one.Earn(3 - (i * 0.0004), 1, "earn_message"))),
        ("limit hammering", (user, random) => Honestly(user, random).Refused(random.Next(0, 5), random.Next(8, 80))),
        ("earn and never spend", (user, random) => user.RegisteredDaysAgo(random.Next(15, 90)).Times(random.Next(35, 90), (one, i) => one.Earn(random.NextDouble() * 60, 5))),
        ("taken-over account", (user, random) => user.RegisteredDaysAgo(400).LastSeenBeforeWindow(random.Next(130, 300)).SpentInAll(500)
            .Times(random.Next(26, 70), (one, i) => one.Post(Now.AddDays(-6).AddMinutes(i * 3), "spend_message", -5))),
        ("reversals", (user, random) => Honestly(user, random).Times(random.Next(2, 14), (one, i) => one.Post(Now.AddDays(-random.Next(1, 80)), "reversal", 10))),
        ("device farm", (user, random) => Honestly(user, random).SharesDevice([.. Enumerable.Range(0, random.Next(1, 12)).Select(i => $"twin{i}")])),
    ];

    /// <summary>Histories with what is known of them: the fraud's kind, or null.</summary>
    public static IEnumerable<(string? Fraud, UserHistory History)> Make(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Honest; i++)
        {
            yield return (null, Honestly(new HistoryBuilder(), random).Build());
        }

        foreach (var (kind, plant) in Frauds)
        {
            for (var i = 0; i < EachFraud; i++)
            {
                var user = new HistoryBuilder();
                plant(user, random);
                yield return (kind, user.Build());
            }
        }
    }

    /// <summary>Members who do nothing wrong, some of them in ways that come near to it: savers, whales, families, busy hours, a mistake that was reversed.</summary>
    private static HistoryBuilder Honestly(HistoryBuilder user, Random random)
    {
        var age = random.Next(1, 500);
        user.RegisteredDaysAgo(age).Times(random.Next(1, 40), (one, _) => one.Act(random.NextDouble() * Math.Min(age, 110)));
        user.Times(random.Next(0, 40), (one, _) => one.Earn(random.NextDouble() * Math.Min(age, 110), random.Next(1, 10)));
        if (random.Next(10) > 0)
        {
            user.Times(random.Next(1, 30), (one, _) => one.Spend(random.NextDouble() * Math.Min(age, 110), random.Next(100) == 0 ? 20_000 : random.Next(5, 300)));
        }

        if (random.Next(20) == 0)
        {
            user.Times(random.Next(5, 24), (one, i) => one.Earn(2 - (i * 0.001), 1, "earn_message"));
        }

        if (random.Next(15) == 0)
        {
            user.SharesDevice("spouse");
        }

        if (random.Next(20) == 0)
        {
            user.Refused(random.Next(0, 6), random.Next(1, 12));
        }

        if (random.Next(30) == 0)
        {
            user.Times(random.Next(1, 3), (one, i) => one.Post(Now.AddDays(-1 - i), "reversal", 10));
        }

        return user.Times(random.Next(0, 6), (one, i) => one.Referred(random.Next(1, 100), $"friend{i}", random.Next(3) == 0 ? 0 : 10, random.Next(4) == 0 ? null : 20));
    }
}
