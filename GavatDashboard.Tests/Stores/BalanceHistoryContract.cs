using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Tests.Stores;

/// <summary>A balance of the past is the plain sum of its entries, whatever came in which order and however far the snapshots are.</summary>
public abstract class BalanceHistoryContract(LedgerUnderTest under)
{
    private const int Spacing = 5;
    private static readonly DateTimeOffset Noon = LedgerUnderTest.Noon;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Balance_AtAnyInstant_IsThePlainSum(int seed)
    {
        var random = new Random(seed);
        under.Clock.Now = Noon;
        var users = await CreateUsersAsync(3);
        var history = new List<Entry>();
        var snapshots = new SqlBalanceSnapshots(under.Ledger.Dialect, Spacing);
        for (var step = 0; step < 120; step++)
        {
            // The clock of a real machine is set back now and then.
            under.Clock.Now += TimeSpan.FromSeconds(random.Next(10) == 0 ? -random.Next(400) : random.Next(100));
            var earlier = random.Next(4) == 0 ? under.Clock.Now.AddSeconds(-random.Next(5_000)) : (DateTimeOffset?)null;
            var posting = Operations.Post(users[random.Next(users.Length)], random.Next(3) == 0 ? "spend_admin" : "earn_admin", random.Next(1, 50));
            if (await under.DoAsync(posting with { EffectiveAt = earlier }) is OperationResult.Posted posted)
            {
                history.Add(posted.Entry);
            }

            if (random.Next(8) == 0)
            {
                await under.Ledger.ChangeAsync((connection, transaction) => snapshots.AdvanceAsync(connection, transaction, CancellationToken.None), CancellationToken.None);
            }

            if (random.Next(3) == 0)
            {
                var user = users[random.Next(users.Length)];
                await under.Ledger.ChangeAsync((connection, transaction) => snapshots.ExtendAsync(connection, transaction, user, CancellationToken.None), CancellationToken.None);
            }

            if (step % 10 == 9)
            {
                await CompareAsync(users, history, random);
            }
        }

        Assert.True(await CountSnapshotsAsync(users) > 0, "Nothing was proven of snapshots: there are none.");
    }

    [Fact]
    public async Task Balance_AfterAnImportOfOlderDates_CountsItFromItsDateAndTellsThatItCameLater()
    {
        under.Clock.Now = Noon;
        var user = (await CreateUsersAsync(1))[0];
        for (var i = 0; i < 12; i++)
        {
            under.Clock.Now = Noon.AddMinutes(i);
            await under.DoAsync(Operations.Post(user, "earn_admin", 10));
        }

        await MakeAllAsync();
        Assert.Equal(2, await CountSnapshotsAsync([user]));
        under.Clock.Now = Noon.AddHours(1);
        await under.DoAsync(Operations.Post(user, "earn_purchase", 500) with { EffectiveAt = Noon.AddMinutes(2.5) });

        foreach (var makeAgain in new[] { false, true })
        {
            if (makeAgain)
            {
                await MakeAllAsync();
            }

            Assert.Equal(30, (await FindAsync(user, Noon.AddMinutes(2)))!.Balance.Value);
            var after = await FindAsync(user, Noon.AddMinutes(5));
            Assert.Equal(new BalanceAt(user, Noon.AddMinutes(5), new CoinAmount(560), 7, 1, new CoinAmount(500)), after);
            Assert.Equal((620, 0), ((await FindAsync(user, Noon.AddHours(1)))!.Balance.Value, (await FindAsync(user, Noon.AddHours(1)))!.LaterEntries));
        }
    }

    [Fact]
    public async Task Balance_OfManyEntriesAtOneInstant_IsExact()
    {
        under.Clock.Now = Noon;
        var user = (await CreateUsersAsync(1))[0];
        await under.Ledger.ExecuteAsync([.. Enumerable.Range(0, 40).Select(_ => Operations.Post(user, "earn_admin", 3))], CancellationToken.None);
        await MakeAllAsync();
        await under.DoAsync(Operations.Post(user, "spend_admin", 20));

        Assert.Equal(0, (await FindAsync(user, Noon.AddTicks(-10)))!.Balance.Value);
        Assert.Equal(100, (await FindAsync(user, Noon))!.Balance.Value);
        await MakeAllAsync();
        Assert.Equal(100, (await FindAsync(user, Noon.AddTicks(9)))!.Balance.Value);
    }

    [Fact]
    public async Task Balance_OfNobody_IsNullAndBeforeTheFirstEntryZero()
    {
        under.Clock.Now = Noon;
        var user = (await CreateUsersAsync(1))[0];

        Assert.Null(await FindAsync("nobody-here", Noon));
        Assert.Equal(new BalanceAt(user, Noon.AddYears(-20), CoinAmount.Zero, 0, 0, CoinAmount.Zero), await FindAsync(user, Noon.AddYears(-20)));
    }

    [Fact]
    public async Task Maker_StoppedAnywhere_GoesOnAndFinishes()
    {
        under.Clock.Now = Noon;
        var users = await CreateUsersAsync(2);
        foreach (var user in users)
        {
            for (var batch = 0; batch < 3; batch++)
            {
                under.Clock.Now += TimeSpan.FromMinutes(1);
                await under.Ledger.ExecuteAsync([.. Enumerable.Range(0, 500).Select(_ => Operations.Post(user, "earn_admin", 1))], CancellationToken.None);
            }
        }

        // A new maker for each step is a process that is killed after each step.
        var steps = 0;
        var maker = new BalanceSnapshotMaker(under.Ledger, 100);
        while (await maker.StepAsync(CancellationToken.None))
        {
            Assert.True(++steps < 1_000, "It does not come to an end.");
            maker = steps < 20 ? new BalanceSnapshotMaker(under.Ledger, 100) : maker;
        }

        Assert.Equal(6, await CountSnapshotsAsync(users));
        Assert.All(users, user => Assert.Equal(1_500, FindAsync(user, under.Clock.Now).Result!.Balance.Value));
    }

    private async Task<string[]> CreateUsersAsync(int count)
    {
        var users = Enumerable.Range(0, count).Select(_ => $"u{Guid.NewGuid():N}"[..16]).ToArray();
        foreach (var user in users)
        {
            await under.CreateUserAsync(user);
        }

        return users;
    }

    private async Task CompareAsync(string[] users, List<Entry> history, Random random)
    {
        foreach (var user in users)
        {
            var own = history.Where(entry => entry.UserId == user).ToList();
            var instants = own.Select(entry => entry.EffectiveAt).OrderBy(_ => random.Next()).Take(6)
                .Append(Noon.AddSeconds(random.Next(-5_000, 15_000))).Append(Noon.AddDays(9));
            foreach (var at in instants)
            {
                var counted = own.Where(entry => entry.EffectiveAt <= at).ToList();
                var later = counted.Where(entry => entry.RecordedAt > at).ToList();
                var expected = new BalanceAt(user, at, new CoinAmount(counted.Sum(entry => entry.Amount.Value)), counted.Count, later.Count, new CoinAmount(later.Sum(entry => entry.Amount.Value)));
                Assert.Equal(expected, await FindAsync(user, at));
            }
        }
    }

    private Task<BalanceAt?> FindAsync(string user, DateTimeOffset at) => under.Ledger.ReadSnapshotAsync(
        (connection, snapshot) => new SqlBalanceHistory(under.Ledger.Dialect).FindAsync(connection, snapshot, user, at, CancellationToken.None), CancellationToken.None);

    private async Task MakeAllAsync()
    {
        var snapshots = new SqlBalanceSnapshots(under.Ledger.Dialect, Spacing);
        while (await under.Ledger.ChangeAsync((connection, transaction) => snapshots.AdvanceAsync(connection, transaction, CancellationToken.None), CancellationToken.None) is { } due)
        {
            foreach (var user in due)
            {
                while (await under.Ledger.ChangeAsync((connection, transaction) => snapshots.ExtendAsync(connection, transaction, user, CancellationToken.None), CancellationToken.None))
                {
                }
            }
        }
    }

    private Task<int> CountSnapshotsAsync(string[] users) => under.Ledger.ReadSnapshotAsync(
        async (connection, transaction) =>
        {
            await using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = $"SELECT count(*) FROM balance_snapshots WHERE user_id IN ({string.Join(", ", users.Select(user => $"'{user}'"))})";
            return Convert.ToInt32(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
        },
        CancellationToken.None);
}

public sealed class PostgresBalanceHistory(PostgresUnderTest under) : BalanceHistoryContract(under), IClassFixture<PostgresUnderTest>;

public sealed class SqliteBalanceHistory(SqliteUnderTest under) : BalanceHistoryContract(under), IClassFixture<SqliteUnderTest>;
