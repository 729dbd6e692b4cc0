using System.Text;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Imports;
using GavatDashboard.Tests.Stores;
using Microsoft.Extensions.Options;
using Xunit.Abstractions;

namespace GavatDashboard.Tests.Imports;

public sealed class HistoryImporterTests(ITestOutputHelper output)
{
    private static readonly long[] ZeroDollarLines = [226, 449, 718, 873, 3089, 3466, 3832, 6156];

    [Fact]
    public async Task Run_SampleIntoSqlite_GivesThePublishedFiguresOnceHoweverOftenItIsSent()
    {
        await using var ledger = await LedgerUnderTest.OpenSqliteAsync();
        await ImportSampleTwiceAsync(ledger);
    }

    [Fact]
    public async Task Run_SampleIntoPostgres_GivesThePublishedFiguresOnceHoweverOftenItIsSent()
    {
        await using var ledger = await LedgerUnderTest.OpenPostgresAsync();
        await ImportSampleTwiceAsync(ledger);
    }

    [Fact]
    public async Task Run_CrashInTheMiddle_IsCompletedByAnotherImportWithoutDuplicates()
    {
        await using var ledger = await LedgerUnderTest.OpenSqliteAsync();
        var dying = new DyingWriter(ledger.Writer, operationsUntilDeath: 5_000);
        using var first = NewJob();
        await Assert.ThrowsAsync<InvalidOperationException>(() => ImportAsync(dying, first, SampleStream()));
        Assert.InRange(first.Describe().Entries, 1, 13_821);

        // What the import had handed over is still on its way; the queue is in order, so all of it precedes this refusal.
        var last = await ledger.Writer.WriteAsync(Operations.Post("nobody", "earn_task", 1), CancellationToken.None);
        Assert.IsType<OperationResult.Refused>(last);
        var half = await ledger.Ledger.ReadTotalsAsync(CancellationToken.None);

        var second = await ImportSampleAsync(ledger);

        Assert.Equal(13_822, half.Entries + second.Entries);
        await AssertSampleIsInAsync(ledger.Ledger);
    }

    [Fact]
    public async Task Run_LongerVersionOfTheFile_PostsOnlyWhatIsNewAndKeepsEqualLinesApart()
    {
        await using var ledger = await LedgerUnderTest.OpenSqliteAsync();
        const string Line = "00004 0001 19970101 2 29.33\n";

        var shorter = await ImportAsync(ledger, Line + Line);
        var longer = await ImportAsync(ledger, Line + Line + Line + "00004 0001 19970118 2 29.73");

        Assert.Equal((2, 4, 0), (shorter.ImportedPurchases, shorter.Entries, shorter.Duplicates));
        Assert.Equal((2, 4, 2), (longer.ImportedPurchases, longer.Entries, longer.Duplicates));
        Assert.Equal((3 * 2933) + 2973, (await ledger.Ledger.FindAccountAsync("1", CancellationToken.None))!.Spent.Value);
    }

    [Fact]
    public async Task Run_LedgerHistory_PostsWhatItCanAndNamesTheRest()
    {
        await using var ledger = await LedgerUnderTest.OpenSqliteAsync();
        const string History = """"
            user_id,type,amount,date,description,username
            42,earn_bonus,600,2026-01-02,"Welcome, ""Lara""",lara
            42,spend_group,100,2026-01-03T18:30:00Z,,
            42,spend_content,501,2026-01-04,,
            7,earn_task,5,2026-01-05,,

            8,earn_nothing,5,2026-01-05,,
            8,reversal,5,2026-01-05,,
            8,earn_task,-5,2026-01-05,,
            8,earn_task,0,2026-01-05,,
            8,earn_task,1.5,2026-01-05,,
            8,earn_task,9999999999999,2026-01-05,,
            8,earn_task,5,05.01.2026,,
            8,earn_task,5,2026-01-05
            treasury:earn,earn_task,5,2026-01-05,,
            8,earn_task,5,2026-01-05,"open,
            """";

        var status = await ImportAsync(ledger, History, ImportFormat.Csv);

        Assert.Equal((14, 14, 3, 3, 2), (status.TotalLines, status.ProcessedLines, status.ImportedPurchases, status.Entries, status.UsersCreated));
        Assert.Equal([4, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], status.Rejected.Select(line => line.Line));
        Assert.Contains("balance is 500", status.Rejected[0].Reason, StringComparison.Ordinal);
        var account = await ledger.Ledger.FindAccountAsync("42", CancellationToken.None);
        Assert.Equal((600, 100, 500), (account!.Earned.Value, account.Spent.Value, account.Balance.Value));
        Assert.Equal("lara", (await ledger.Ledger.FindUserAsync("42", CancellationToken.None))!.Username);
        Assert.Equal(
            ["spend_group 2026-01-03T18:30:00 ", "earn_bonus 2026-01-02T00:00:00 Welcome, \"Lara\""],
            (await ledger.Ledger.ListEntriesAsync(new() { UserId = "42" }, CancellationToken.None)).Select(entry => $"{entry.Type} {entry.EffectiveAt:yyyy-MM-ddTHH:mm:ss} {entry.Description}"));

        var again = await ImportAsync(ledger, History, ImportFormat.Csv);
        Assert.Equal((0, 3, 11), (again.Entries, again.Duplicates, again.RejectedLines));
    }

    [Fact]
    public async Task Run_UnusableHeader_RejectsEveryLineAndPostsNothing()
    {
        await using var ledger = await LedgerUnderTest.OpenSqliteAsync();

        var status = await ImportAsync(ledger, "user,type,amount,date\n42,earn_bonus,600,2026-01-02\n", ImportFormat.Csv);

        Assert.Equal((2, 2, 0), (status.ProcessedLines, status.RejectedLines, status.Entries));
        Assert.Contains("missing: user_id", status.Rejected[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_BinaryGarbage_RejectsItAndPostsNothing()
    {
        await using var ledger = await LedgerUnderTest.OpenSqliteAsync();
        var bytes = new byte[200_000];
        new Random(11).NextBytes(bytes);
        foreach (var format in Enum.GetValues<ImportFormat>())
        {
            using var job = NewJob(format);

            await ImportAsync(ledger.Writer, job, new MemoryStream(bytes));

            Assert.Equal(0, job.Describe().Entries);
            Assert.True(job.Describe().RejectedLines > 100);
        }
    }

    [Fact]
    public async Task Run_LedgerThatComesBack_WaitsForItAndLosesNothing()
    {
        await using var ledger = await LedgerUnderTest.OpenSqliteAsync();
        using var job = NewJob();

        await ImportAsync(new FlakyWriter(ledger.Writer), job, new MemoryStream(Encoding.UTF8.GetBytes("00004 0001 19970101 2 29.33\n00021 0002 19970101 3 63.34")));

        Assert.Equal((2, 4), (job.Describe().ImportedPurchases, job.Describe().Entries));
    }

    [Fact]
    public async Task Run_Cancelled_EndsAndKeepsWhatIsPosted()
    {
        await using var ledger = await LedgerUnderTest.OpenSqliteAsync();
        using var job = NewJob();
        using var cancel = new CancellationTokenSource();
        var importer = NewImporter(new DyingWriter(ledger.Writer, 1_000, cancel.Cancel));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => importer.RunAsync(job, SampleStream(), cancel.Token));

        Assert.InRange(job.Describe().ProcessedLines, 1, 6_918);
    }

    private async Task ImportSampleTwiceAsync(LedgerUnderTest ledger)
    {
        var first = await ImportSampleAsync(ledger);
        output.WriteLine($"{ledger.Ledger.Kind}: {first.LinesPerSecond} lines a second");

        Assert.Equal((6_919, 6_919, 6_911, 13_822), (first.TotalLines, first.ProcessedLines, first.ImportedPurchases, first.Entries));
        Assert.Equal((2_357, 0, 8), (first.UsersCreated, first.Duplicates, first.RejectedLines));
        Assert.Equal(ZeroDollarLines, first.Rejected.Select(line => line.Line));
        await AssertSampleIsInAsync(ledger.Ledger);

        var head = await ledger.Ledger.ReadHeadAsync(CancellationToken.None);
        var second = await ImportSampleAsync(ledger);
        output.WriteLine($"{ledger.Ledger.Kind}: again, {second.LinesPerSecond} lines a second");

        Assert.Equal((0, 0, 0, 6_911, 8), (second.ImportedPurchases, second.Entries, second.UsersCreated, second.Duplicates, second.RejectedLines));
        var after = await ledger.Ledger.ReadHeadAsync(CancellationToken.None);
        Assert.Equal((head.Sequence, Convert.ToHexString(head.ChainHash)), (after.Sequence, Convert.ToHexString(after.ChainHash)));
    }

    private static async Task AssertSampleIsInAsync(ICoinLedger ledger)
    {
        var totals = await ledger.ReadTotalsAsync(CancellationToken.None);
        Assert.Equal((2_357, 13_822, 0, 0), (totals.Users, totals.Entries, totals.Balances.Value, totals.EntryAmounts.Value));
        var users = new List<User>();
        while (await ledger.ListUsersAsync(users.Count == 0 ? string.Empty : users[^1].Id, 5_000, CancellationToken.None) is { Count: > 0 } page)
        {
            users.AddRange(page);
        }

        var accounts = await ledger.FindAccountsAsync([.. users.Select(user => user.Id)], CancellationToken.None);
        Assert.All(accounts, account => Assert.Equal(0, account.Balance.Value));
        Assert.Equal(24_409_194, accounts.Sum(account => account.Spent.Value));
        Assert.Equal(2_349, accounts.Count(account => account.Spent.Value > 0));
        var biggest = accounts.MaxBy(account => account.Spent.Value)!;
        Assert.Equal(("1901", 655_270), (biggest.UserId, biggest.Spent.Value));
        Assert.Equal(new DateTimeOffset(1997, 1, 1, 0, 0, 0, TimeSpan.Zero), users.Single(user => user.Id == "1").RegisteredAt);
    }

    private static Task<ImportStatus> ImportSampleAsync(LedgerUnderTest ledger) =>
        ImportAsync(ledger, File.ReadAllText(CdnowParserTests.SamplePath));

    private static async Task<ImportStatus> ImportAsync(LedgerUnderTest ledger, string text, ImportFormat format = ImportFormat.Cdnow)
    {
        using var job = NewJob(format, text.Split('\n').Count(line => !string.IsNullOrWhiteSpace(line)));
        await ImportAsync(ledger.Writer, job, new MemoryStream(Encoding.UTF8.GetBytes(text)));
        return job.Describe(ImportState.Completed);
    }

    private static async Task ImportAsync(ILedgerWriter writer, ImportJob job, Stream file)
    {
        job.Start();
        await NewImporter(writer).RunAsync(job, file, CancellationToken.None);
        job.End();
    }

    private static HistoryImporter NewImporter(ILedgerWriter writer) => new(writer, Options.Create(new ImportsOptions()), TimeProvider.System);

    private static FileStream SampleStream() => File.OpenRead(CdnowParserTests.SamplePath);

    private static ImportJob NewJob(ImportFormat format = ImportFormat.Cdnow, long totalLines = 0) => new(
        new ImportStatus
        {
            Id = "test",
            State = ImportState.Running,
            Format = format,
            Actor = "tests",
            SubmittedAt = DateTimeOffset.UnixEpoch,
            TotalLines = totalLines,
        },
        path: string.Empty, rejectedKept: 10_000, TimeProvider.System);

    /// <summary>A writer that stops working after a number of operations, as a process that is killed does.</summary>
    private sealed class DyingWriter(ILedgerWriter writer, int operationsUntilDeath, Action? onDeath = null) : ILedgerWriter
    {
        private int _operations;

        public async Task<OperationResult> WriteAsync(LedgerOperation operation, CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref _operations) > operationsUntilDeath)
            {
                (onDeath ?? (() => throw new InvalidOperationException("killed")))();
            }

            return await writer.WriteAsync(operation, cancellationToken);
        }
    }

    /// <summary>A writer that is out or busy at each operation's first attempt, and has done the work nevertheless once.</summary>
    private sealed class FlakyWriter(ILedgerWriter writer) : ILedgerWriter
    {
        private int _calls;

        public async Task<OperationResult> WriteAsync(LedgerOperation operation, CancellationToken cancellationToken)
        {
            switch (Interlocked.Increment(ref _calls) % 5)
            {
                case 1:
                    throw new StoreUnavailableException(StoreKind.Sqlite, "out");
                case 2:
                    throw new LedgerBusyException(1, TimeSpan.FromMilliseconds(5));
                default:
                    return await writer.WriteAsync(operation, cancellationToken);
            }
        }
    }
}
