using System.IO.Compression;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Coins;
using GavatDashboard.Features.Upkeep;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Sqlite;
using GavatDashboard.Tests.Servers;
using GavatDashboard.Tests.Stores;
using GavatDashboard.Tests.Stores.Mirror;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;

namespace GavatDashboard.Tests.Features.Upkeep;

/// <summary>The verbs backup and restore, from one pair of a ledger and a data folder into another.</summary>
public abstract class BackupCommandContract<TLedger> : IAsyncLifetime, IDisposable
    where TLedger : LedgerUnderTest, new()
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gavat-backup-").FullName;
    private readonly StringWriter _output = new();
    private readonly FakeTimeProvider _time = new(LedgerUnderTest.Noon);

    protected TLedger Source { get; } = new();

    protected TLedger Target { get; } = new();

    private string Backups => Path.Combine(_folder, "backups");

    public async Task InitializeAsync()
    {
        await Source.InitializeAsync();
        await Target.InitializeAsync();
        await Source.CreateUserAsync("ayla");
        await Source.DoAsync(Operations.Post("ayla", "earn_purchase", 300, "bought"));
        await Source.DoAsync(Operations.Post("ayla", "spend_content"));
        foreach (var side in (string[])["source", "target"])
        {
            Directory.CreateDirectory(Path.Combine(_folder, side));
            await using var fallback = new SqliteDatabase(Path.Combine(_folder, side, "gavatcore_v2.db"));
            SqliteMigrations.Run(fallback, NullLogger.Instance);
            Write(Path.Combine(_folder, side, "console.db"), $"CREATE TABLE marks (side TEXT); INSERT INTO marks VALUES ('{side}')");
        }
    }

    public async Task DisposeAsync()
    {
        await Source.DisposeAsync();
        await Target.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    public void Dispose()
    {
        _output.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Restore_OfABackup_BringsBackLedgerAndConsole()
    {
        var backup = await BackUpAsync();
        // What happens after the backup is not in it.
        await Source.DoAsync(Operations.Post("ayla", "earn_purchase", 5));
        using var marker = new PromotableMarker(Path.Combine(_folder, "target", "gavatcore_v2.db"));
        marker.Write(isPromotable: true);

        Assert.Equal(0, await To.RestoreAsync(backup, overwrite: false, CancellationToken.None));

        Assert.Equal(290, (await Target.Ledger.FindAccountAsync("ayla", CancellationToken.None))!.Balance.Value);
        Assert.Equal("source", Read(Path.Combine(_folder, "target", "console.db"), "SELECT side FROM marks"));
        Assert.False(marker.IsSet);
        Assert.Contains("the ledger is whole: 2 entries, 1 accounts", _output.ToString(), StringComparison.Ordinal);
        // The ledger goes on, and remembers its keys.
        Assert.True((await Target.DoAsync(Operations.Post("ayla", "earn_purchase", 300, "bought"))).Posted().Replayed);
        Assert.Equal(295, (await Target.DoAsync(Operations.Post("ayla", "earn_purchase", 5))).Posted().Account.Balance.Value);
    }

    [Fact]
    public async Task Restore_OntoALedgerWithEntries_NeedsTheFlag()
    {
        var backup = await BackUpAsync();
        await Target.CreateUserAsync("bora");
        await Target.DoAsync(Operations.Post("bora", "earn_purchase", 7));

        var refusal = await Assert.ThrowsAsync<UpkeepException>(() => To.RestoreAsync(backup, overwrite: false, CancellationToken.None));
        Assert.Contains("--overwrite", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(7, (await Target.Ledger.FindAccountAsync("bora", CancellationToken.None))!.Balance.Value);
        Assert.Equal("target", Read(Path.Combine(_folder, "target", "console.db"), "SELECT side FROM marks"));

        Assert.Equal(0, await To.RestoreAsync(backup, overwrite: true, CancellationToken.None));
        Assert.Null(await Target.Ledger.FindAccountAsync("bora", CancellationToken.None));
        Assert.Equal(290, (await Target.Ledger.FindAccountAsync("ayla", CancellationToken.None))!.Balance.Value);
    }

    [Fact]
    public async Task Restore_OfADamagedBackup_ChangesNothing()
    {
        var backup = await BackUpAsync();
        using (var zip = ZipFile.Open(backup, ZipArchiveMode.Update))
        {
            zip.GetEntry("console.db")!.Delete();
            await using var other = zip.CreateEntry("console.db").Open();
            await other.WriteAsync("something else"u8.ToArray());
        }

        var refusal = await Assert.ThrowsAsync<UpkeepException>(() => To.RestoreAsync(backup, overwrite: true, CancellationToken.None));

        Assert.Contains("damaged", refusal.Message, StringComparison.Ordinal);
        Assert.Null(await Target.Ledger.FindAccountAsync("ayla", CancellationToken.None));
        Assert.Equal("target", Read(Path.Combine(_folder, "target", "console.db"), "SELECT side FROM marks"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restore_BesideNotesOfTheLedgerBefore_RemovesThem_AndTheyWouldNotBeBelieved(bool markerIsSet)
    {
        var backup = await BackUpAsync();
        var path = Path.Combine(_folder, "target", "gavatcore_v2.db");
        await Target.CreateUserAsync("cem");
        await Target.DoAsync(Operations.Post("cem", "earn_purchase", 70));
        await using (var before = new MirrorUnderTest(Target.Ledger, path))
        {
            await before.FollowAsync();
            var writer = new BatchWriter(before.Stores, before.Mirror, Substitute.For<IBalanceCache>(), _time);
            await writer.WriteAsync([Operations.Create("bora")], CancellationToken.None);
            for (var coins = 1; coins < 9; coins++)
            {
                await writer.WriteAsync([Operations.Post("bora", "earn_purchase", coins)], CancellationToken.None);
            }
        }

        var notes = MirrorJournal.PathOf(path);
        File.Copy(notes, notes + ".kept");
        Assert.Equal(0, await To.RestoreAsync(backup, overwrite: true, CancellationToken.None));
        Assert.False(File.Exists(notes));

        // As if the restore had been cut off before it removed them, and with a marker that nobody would set.
        File.Move(notes + ".kept", notes);
        await using var mirror = new MirrorUnderTest(Target.Ledger, path);
        mirror.Marker.Write(markerIsSet);
        await mirror.OpenAsync();
        Assert.Equal((MirrorState.Behind, false), (mirror.Standing.Status.State, mirror.Marker.IsSet));
        Assert.True(await mirror.ResyncAsync());
        Assert.Empty(await mirror.Journal.ReadNotesAsync(CancellationToken.None));
        Assert.Equal(await LedgerDump.ReadAsync(Target.Ledger), await LedgerDump.ReadAsync(mirror.Ledger));
        Assert.Null(await mirror.Ledger.FindAccountAsync("bora", CancellationToken.None));
    }

    [Fact]
    public async Task Restore_WhileTheApplicationRuns_IsRefused()
    {
        var backup = await BackUpAsync();
        await using var running = new FileStream(Path.Combine(_folder, "target", ".lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        var refusal = await Assert.ThrowsAsync<UpkeepException>(() => To.RestoreAsync(backup, overwrite: true, CancellationToken.None));

        Assert.Contains("is running", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_IsOnePrivateFileAndLeavesNothingBeside()
    {
        var backup = await BackUpAsync();

        Assert.Equal(backup, Assert.Single(Directory.GetFileSystemEntries(Backups)));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(backup));
        }

        await Assert.ThrowsAsync<UpkeepException>(() => From.BackupAsync(Backups, CancellationToken.None));
        Assert.Contains("no backup", (await Assert.ThrowsAsync<UpkeepException>(() => To.RestoreAsync(Path.Combine(_folder, "source", "console.db"), overwrite: true, CancellationToken.None))).Message, StringComparison.Ordinal);
    }

    internal abstract StoreLocations LocationsOf(TLedger ledger, string folder);

    private BackupCommand From => new(LocationsOf(Source, Path.Combine(_folder, "source")), _time, _output);

    private BackupCommand To => new(LocationsOf(Target, Path.Combine(_folder, "target")), _time, _output);

    private async Task<string> BackUpAsync()
    {
        _output.GetStringBuilder().Clear();
        Assert.Equal(0, await From.BackupAsync(Backups, CancellationToken.None));
        Assert.Equal(Path.Combine(Backups, "gavat-20260314-120000Z.zip"), _output.ToString().Trim());
        return _output.ToString().Trim();
    }

    private static void Write(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static string? Read(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Mode=ReadOnly;Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() as string;
    }
}

public sealed class PostgresBackupCommandTests : BackupCommandContract<PostgresUnderTest>
{
    internal override StoreLocations LocationsOf(PostgresUnderTest ledger, string folder) =>
        new(folder, ledger.ConnectionString, Path.Combine(folder, "gavatcore_v2.db"));

    [Fact]
    public void Variables_OfSeveralHosts_AreThoseOfLibpq()
    {
        var variables = PostgresDump.Variables("Host=a:5433,[::1]:5434,c;Port=5435;Username=u;Password=p;Database=d;SSL Mode=VerifyFull");

        Assert.Equal("a,::1,c", variables["PGHOST"]);
        Assert.Equal("5433,5434,5435", variables["PGPORT"]);
        Assert.Equal("verify-full", variables["PGSSLMODE"]);
        Assert.Equal("p", variables["PGPASSWORD"]);
    }

    [Fact]
    public void Find_MissingProgram_IsNull() => Assert.Null(PostgresDump.Find("pg_nonsense", "/usr/bin:/bin"));

    [Fact]
    public async Task Backup_OfAServerThatIsDown_SaysSo()
    {
        var folder = Directory.CreateTempSubdirectory("gavat-backup-").FullName;
        using var output = new StringWriter();
        var command = new BackupCommand(
            new StoreLocations(folder, $"Host=127.0.0.1;Port={LoopbackPort.Free()};Username=u;Database=d", Path.Combine(folder, "none.db")), TimeProvider.System, output);

        var refusal = await Assert.ThrowsAsync<StoreUnavailableException>(() => command.BackupAsync(folder, CancellationToken.None));

        Assert.Contains("pg_dump failed", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
        Directory.Delete(folder, recursive: true);
    }
}

public sealed class SqliteBackupCommandTests : BackupCommandContract<SqliteUnderTest>
{
    internal override StoreLocations LocationsOf(SqliteUnderTest ledger, string folder)
    {
        var primary = Path.Combine(folder, "primary.db");
        if (!File.Exists(primary))
        {
            File.CreateSymbolicLink(primary, ledger.Database.Path);
        }

        return new StoreLocations(folder, null, Path.Combine(folder, "gavatcore_v2.db"));
    }
}
