using System.Globalization;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Tests.Benchmarks;

/// <summary>Users and operations of the ledger's benchmark, and the look into its books.</summary>
internal static class BenchmarkLedger
{
    public const int Users = 10_000;

    /// <summary>Makes the users, and daily limits that are counted and never reached.</summary>
    public static async Task FillAsync(ILedgerWriter writer)
    {
        foreach (var piece in Enumerable.Range(0, Users).Chunk(500))
        {
            await Task.WhenAll(piece.Select(user => writer.WriteAsync(Create(user), CancellationToken.None)));
        }

        Assert.IsType<OperationResult.PolicyChanged>(await writer.WriteAsync(WidenLimits(), CancellationToken.None));
    }

    /// <summary>Makes a user.</summary>
    public static LedgerOperation Create(int user) => new CreateUser { IdempotencyKey = $"create-{user}", Actor = "bench", UserId = IdOf(user), Username = IdOf(user) };

    /// <summary>Sets daily limits that are never reached.</summary>
    public static LedgerOperation WidenLimits() => new ChangePolicy
    {
        IdempotencyKey = "policy",
        Actor = "bench",
        UserId = string.Empty,
        Policy = LedgerPolicy.Default with { EarnPerDay = CoinAmount.MaxOperation, SpendPerDay = CoinAmount.MaxOperation },
    };

    /// <summary>An earn of three coins that counts toward the daily limit.</summary>
    public static PostCoins Post(bool isHot) => new()
    {
        IdempotencyKey = Guid.NewGuid().ToString("N"),
        Actor = "bench",
        UserId = AnyUser(isHot),
        Type = EntryType.FromStore("earn_share"),
    };

    public static string AnyUser(bool isHot) => IdOf(isHot ? 0 : Random.Shared.Next(Users));

    public static void Check(OperationResult result)
    {
        if (result is not OperationResult.Posted { Replayed: false })
        {
            throw new InvalidOperationException($"An operation was answered with {result}: the benchmark would measure something else.");
        }
    }

    /// <summary>A quick ledger that is wrong is worth nothing: sums, and the mirror against the primary.</summary>
    public static async Task CheckBooksAsync(TextWriter output, ICoinLedger ledger, ICoinLedger mirror)
    {
        var (totals, mirrored) = (await ledger.ReadTotalsAsync(CancellationToken.None), await mirror.ReadTotalsAsync(CancellationToken.None));
        var (head, mirroredHead) = (await ledger.ReadHeadAsync(CancellationToken.None), await mirror.ReadHeadAsync(CancellationToken.None));
        if (totals.Balances != totals.EntryAmounts || totals.Balances != mirrored.Balances || totals.Entries != mirrored.Entries
            || head.Sequence != mirroredHead.Sequence || !head.ChainHash.AsSpan().SequenceEqual(mirroredHead.ChainHash))
        {
            throw new InvalidOperationException($"The books do not balance: {totals} in PostgreSQL, {mirrored} in SQLite.");
        }

        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"books: {totals.Entries} entries, {totals.Balances} coins, the same chain head in PostgreSQL and SQLite"));
    }

    private static string IdOf(int user) => string.Create(CultureInfo.InvariantCulture, $"user-{user:D5}");
}
