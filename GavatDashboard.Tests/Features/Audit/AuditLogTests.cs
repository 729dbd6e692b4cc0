using CsCheck;
using GavatDashboard.Features.Audit;
using GavatDashboard.Stores.Sqlite.Console;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace GavatDashboard.Tests.Features.Audit;

public sealed class AuditLogTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("gavat-audit-").FullName;
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly ConsoleDatabase database;
    private readonly SqliteAuditLog log;

    public AuditLogTests()
    {
        database = new ConsoleDatabase(Options.Create(new DataOptions { Directory = folder }), NullLogger<ConsoleDatabase>.Instance);
        log = new SqliteAuditLog(database, time, NullLogger<SqliteAuditLog>.Instance);
    }

    public void Dispose()
    {
        database.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Verify_EmptyAndUntouched_IsIntact()
    {
        Assert.True((await log.VerifyAsync(CancellationToken.None)).IsIntact);
        var last = await AppendAsync(1200);
        var result = await log.VerifyAsync(CancellationToken.None);
        Assert.Equal(new AuditVerification(true, 1200, null, null, last.Hash), result);
    }

    [Theory]
    [InlineData("UPDATE audit_entries SET reason = 'other' WHERE seq = 4", 4)]
    [InlineData("UPDATE audit_entries SET reason = NULL WHERE seq = 4", 4)]
    [InlineData("UPDATE audit_entries SET at_ms = at_ms + 1 WHERE seq = 4", 4)]
    [InlineData("UPDATE audit_entries SET details_json = replace(details_json, '4', '5') WHERE seq = 4", 4)]
    [InlineData("UPDATE audit_entries SET hash = upper(hash) WHERE seq = 4", 4)]
    [InlineData("UPDATE audit_entries SET previous_hash = 'not a hash' WHERE seq = 4", 4)]
    [InlineData("DELETE FROM audit_entries WHERE seq = 4", 4)]
    [InlineData("DELETE FROM audit_entries WHERE seq = 1", 1)]
    [InlineData("DELETE FROM audit_entries WHERE seq > 7", 8)]
    [InlineData("DELETE FROM audit_entries", 1)]
    [InlineData("INSERT INTO audit_entries SELECT 11, at_ms, actor, action, target, reason, details_json, hash, hash FROM audit_entries WHERE seq = 10", 11)]
    [InlineData("UPDATE audit_head SET seq = 9, hash = (SELECT hash FROM audit_entries WHERE seq = 9)", 9)]
    public async Task Verify_TamperedWith_NamesTheFirstBrokenRow(string tampering, long brokenSeq)
    {
        await AppendAsync(10);
        await database.WriteAsync(
            sql => sql.ExecuteAsync($"DROP TRIGGER audit_entries_no_update; DROP TRIGGER audit_entries_no_delete; {tampering};"), CancellationToken.None);
        var result = await log.VerifyAsync(CancellationToken.None);
        Assert.False(result.IsIntact);
        Assert.Equal(brokenSeq, result.FirstBrokenSeq);
        Assert.NotNull(result.Problem);
    }

    [Fact]
    public async Task Verify_OneByteOfTheFileChanged_IsNoticed()
    {
        await log.AppendAsync("user:admin", "coins.adjusted", "user:42", "NEEDLE-A", null, CancellationToken.None);
        await AppendAsync(3);
        await database.WriteAsync(sql => sql.ExecuteAsync("SELECT 1"), CancellationToken.None);
        await database.ReadAsync(sql => sql.QueryAsync<object>("PRAGMA wal_checkpoint(TRUNCATE)"), CancellationToken.None);
        database.Dispose();

        var path = Path.Combine(folder, "console.db");
        var bytes = await File.ReadAllBytesAsync(path);
        var at = bytes.AsSpan().IndexOf("NEEDLE-A"u8);
        Assert.True(at > 0);
        bytes[at + 7] = (byte)'B';
        await File.WriteAllBytesAsync(path, bytes);

        using var reopened = new ConsoleDatabase(Options.Create(new DataOptions { Directory = folder }), NullLogger<ConsoleDatabase>.Instance);
        var result = await new SqliteAuditLog(reopened, time, NullLogger<SqliteAuditLog>.Instance).VerifyAsync(CancellationToken.None);
        Assert.Equal((false, 1L), (result.IsIntact, result.FirstBrokenSeq));
    }

    [Theory]
    [InlineData("UPDATE audit_entries SET reason = 'other'")]
    [InlineData("DELETE FROM audit_entries")]
    public async Task Store_ChangeThroughTheApplication_IsRefused(string change)
    {
        await AppendAsync(2);
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => database.WriteAsync(sql => sql.ExecuteAsync(change), CancellationToken.None));
    }

    [Fact]
    public async Task Append_FromManyCallers_MakesOneChain()
    {
        await Task.WhenAll(Enumerable.Range(0, 60).Select(number => Task.Run(() => log.AppendAsync("user:a", "test.done", $"{number}", null, null, CancellationToken.None))));
        var result = await log.VerifyAsync(CancellationToken.None);
        Assert.Equal((true, 60L), (result.IsIntact, result.Rows));
    }

    [Fact]
    public async Task Append_InsideWorkThatFails_LeavesNoEntry()
    {
        await AppendAsync(1);
        await database.RunAsync(ct => log.AppendAsync("user:a", "test.undone", null, null, null, ct), _ => false, CancellationToken.None);
        await AppendAsync(1);
        var result = await log.VerifyAsync(CancellationToken.None);
        Assert.Equal((true, 2L), (result.IsIntact, result.Rows));
    }

    [Theory]
    [InlineData("", "a", null)]
    [InlineData("a", " ", null)]
    [InlineData("a", "a", "{not json")]
    public async Task Append_BadInput_IsRefused(string actor, string action, string? details) =>
        await Assert.ThrowsAnyAsync<ArgumentException>(() => log.AppendAsync(actor, action, null, null, details, CancellationToken.None));

    [Fact]
    public async Task Query_Filters_Pages_NewestFirst()
    {
        await log.AppendAsync("user:Zoe", "account.created", "account:bob", null, null, CancellationToken.None);
        time.Advance(TimeSpan.FromHours(1));
        await AppendAsync(30);
        var all = await log.QueryAsync(new AuditFilter(), 1, 10, CancellationToken.None);
        Assert.Equal((31, 21, 12), (all.Total, all.Entries[0].Seq, all.Entries[^1].Seq));
        Assert.Equal(1, Assert.Single((await log.QueryAsync(new AuditFilter(Actor: "zoe"), 0, 10, CancellationToken.None)).Entries).Seq);
        Assert.Equal(1, (await log.QueryAsync(new AuditFilter(Action: "account."), 0, 10, CancellationToken.None)).Total);
        Assert.Equal(1, (await log.QueryAsync(new AuditFilter(Target: "bob"), 0, 10, CancellationToken.None)).Total);
        Assert.Equal(30, (await log.QueryAsync(new AuditFilter(From: time.GetUtcNow()), 0, 10, CancellationToken.None)).Total);
        Assert.Equal(1, (await log.QueryAsync(new AuditFilter(To: time.GetUtcNow()), 0, 10, CancellationToken.None)).Total);
        Assert.Equal(0, (await log.QueryAsync(new AuditFilter(Actor: "' OR 1=1 --"), 0, 10, CancellationToken.None)).Total);
    }

    [Fact]
    public async Task Read_MoreThanAPiece_GivesEveryEntryInOrder()
    {
        await AppendAsync(1001);
        var read = new List<long>();
        await foreach (var entry in log.ReadAsync(new AuditFilter(), CancellationToken.None))
        {
            read.Add(entry.Seq);
        }

        Assert.Equal(Enumerable.Range(1, 1001).Select(seq => (long)seq), read);
    }

    [Fact]
    public void Hash_DifferentRows_NeverShareContent()
    {
        var text = Gen.String[Gen.Char['a', 'b'], 0, 3];
        var row = Gen.Select(text, text, text, text);
        Gen.Select(row, row).Sample((left, right) => left == right || Hash(left) != Hash(right));
    }

    [Fact]
    public void Hash_AbsentAndEmpty_Differ() => Assert.NotEqual(
        AuditHash.Compute(AuditHash.Genesis, 1, 1, "a", "b", null, "", null),
        AuditHash.Compute(AuditHash.Genesis, 1, 1, "a", "b", "", null, null));

    private static string Hash((string Actor, string Action, string Target, string Reason) row) =>
        AuditHash.Compute(AuditHash.Genesis, 1, 1, row.Actor, row.Action, row.Target, row.Reason, null);

    private async Task<AuditEntry> AppendAsync(int count)
    {
        AuditEntry? last = null;
        for (var number = 0; number < count; number++)
        {
            last = await log.AppendAsync("user:admin", "test.done", $"user:{number}", "because", $$"""{"number":4,"n":{{number}}}""", CancellationToken.None);
        }

        return last!;
    }
}
