using System.Globalization;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Sqlite;
using GavatDashboard.Stores.Sqlite.Console;
using Microsoft.Extensions.Logging.Abstractions;

namespace GavatDashboard.Features.Upkeep;

/// <summary>
/// <c>GavatDashboard backup DIR [--data DIR]</c> and <c>GavatDashboard restore FILE [--data DIR] [--overwrite]</c>: the ledger, the
/// fallback, accounts, keys and the audit trail in one file. What Redis and MongoDB hold is made anew from the ledger.
/// </summary>
internal sealed class BackupCommand(StoreLocations stores, TimeProvider time, TextWriter output)
{
    /// <summary>The verb that makes a backup.</summary>
    public const string BackupVerb = "backup";

    /// <summary>The verb that puts one back.</summary>
    public const string RestoreVerb = "restore";

    private const string OverwriteFlag = "overwrite";

    private static readonly string Usage = string.Join(
        Environment.NewLine,
        "usage: GavatDashboard backup DIR [--data DIR]",
        "       GavatDashboard restore FILE [--data DIR] [--overwrite]");

    /// <summary>Runs either verb on the configured stores; returns the exit code.</summary>
    public static async Task<int> RunAsync(string[] args, CancellationToken ct)
    {
        var isRestore = args[0] == RestoreVerb;
        if (!UpkeepArguments.TryRead(args, positional: 1, flags: isRestore ? [OverwriteFlag] : [], out var read))
        {
            await Console.Error.WriteLineAsync(Usage);
            return UpkeepArguments.UsageError;
        }

        using var host = UpkeepArguments.BuildHost(read);
        var command = new BackupCommand(StoreLocations.From(host.Services.GetRequiredService<IConfiguration>()), TimeProvider.System, Console.Out);
        return await UpkeepArguments.GuardAsync(
            Console.Error,
            () => isRestore ? command.RestoreAsync(read.Positional[0], read.Flags.Contains(OverwriteFlag), ct) : command.BackupAsync(read.Positional[0], ct));
    }

    /// <summary>Makes a backup in a folder and prints its name. The application may run.</summary>
    internal async Task<int> BackupAsync(string folder, CancellationToken ct)
    {
        if (stores.PostgreSql is null && !File.Exists(stores.PrimaryFile))
        {
            throw new UpkeepException($"There is no ledger at {stores.PrimaryFile}. Name the data folder with --data, or the stores in ConnectionStrings__PostgreSql.");
        }

        ConsoleFiles.EnsurePrivateDirectory(Path.GetFullPath(folder));
        var target = Path.Combine(Path.GetFullPath(folder), BackupArchive.NameAt(time.GetUtcNow()));
        if (File.Exists(target))
        {
            throw new UpkeepException($"{target} exists already.");
        }

        await InWorkFolderAsync(Path.GetFullPath(folder), async work =>
        {
            // The ledger last: what the other files know of, it has too.
            foreach (var (name, path) in Files().Where(file => File.Exists(file.Path)))
            {
                SqliteCopy.Take(path, Path.Combine(work, name));
            }

            if (stores.PostgreSql is { } postgres)
            {
                await PostgresDump.TakeAsync(postgres, Path.Combine(work, BackupArchive.PostgresLedger), ct);
            }
            else
            {
                SqliteCopy.Take(stores.PrimaryFile, Path.Combine(work, BackupArchive.SqliteLedger));
            }

            BackupArchive.Pack(work, target, time.GetUtcNow());
        });
        await output.WriteLineAsync(target);
        return 0;
    }

    /// <summary>Puts a backup back, brings one of an earlier version up to date, and checks the ledger. The application must not run.</summary>
    internal async Task<int> RestoreAsync(string file, bool overwrite, CancellationToken ct)
    {
        ConsoleFiles.EnsurePrivateDirectory(stores.DataFolder);
        RefuseWhileRunning();
        await InWorkFolderAsync(stores.DataFolder, async work =>
        {
            var manifest = BackupArchive.Unpack(file, work);
            RefuseOtherKind(file, manifest);
            await RefuseEntriesAsync(overwrite, ct);

            // Until the next start has compared both, the fallback must not take the primary's place.
            using (var marker = new PromotableMarker(stores.FallbackFile))
            {
                marker.Write(isPromotable: false);
            }

            if (stores.PostgreSql is { } postgres)
            {
                await PostgresDump.PutBackAsync(postgres, Path.Combine(work, BackupArchive.PostgresLedger), ct);
                await PostgresMigrations.RunAsync(postgres, NullLogger.Instance, ct);
            }
            else
            {
                SqliteCopy.PutBack(Path.Combine(work, BackupArchive.SqliteLedger), stores.PrimaryFile);
                await using var primary = new SqliteDatabase(stores.PrimaryFile);
                SqliteMigrations.Run(primary, NullLogger.Instance);
            }

            foreach (var (name, path) in Files().Where(file => manifest.Has(file.Name)))
            {
                SqliteCopy.PutBack(Path.Combine(work, name), path);
            }

            // What was noted belongs to the ledger before.
            SqliteCopy.Remove(MirrorJournal.PathOf(stores.FallbackFile));

            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"restored the backup of {manifest.CreatedAt:yyyy-MM-dd HH:mm:ss} UTC into {stores.PrimaryName} and {stores.DataFolder}"));
        });
        return await CheckAsync(ct);
    }

    private IEnumerable<(string Name, string Path)> Files() =>
    [
        (BackupArchive.Console, stores.ConsoleFile),
        (BackupArchive.Imports, stores.ImportsFile),
        (BackupArchive.Fallback, stores.FallbackFile),
    ];

    private async Task<int> CheckAsync(CancellationToken ct)
    {
        var check = stores.PostgreSql is { } postgres
            ? await LedgerVerifier.CheckPostgresAsync(postgres, ct)
            : await LedgerVerifier.CheckSqliteAsync(stores.PrimaryFile, ct);
        if (check.Break is { } found)
        {
            throw new UpkeepException($"The ledger that was restored is broken, as it was when the backup was made: {found.Problem}");
        }

        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"the ledger is whole: {check.Entries:N0} entries, {check.Accounts:N0} accounts"));
        return 0;
    }

    private void RefuseWhileRunning()
    {
        // run.sh holds a lock on this file for as long as the application runs.
        var path = Path.Combine(stores.DataFolder, ".lock");
        if (!File.Exists(path))
        {
            return;
        }

        try
        {
            using var held = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new UpkeepException($"The application is running on {stores.DataFolder}. Stop it first; a backup may be made while it runs, a restore may not.");
        }
    }

    private void RefuseOtherKind(string file, BackupManifest manifest)
    {
        if (stores.PostgreSql is not null && !manifest.Has(BackupArchive.PostgresLedger))
        {
            throw new UpkeepException($"{file} holds the ledger of embedded mode; it cannot be restored into PostgreSQL.");
        }

        if (stores.PostgreSql is null && !manifest.Has(BackupArchive.SqliteLedger))
        {
            throw new UpkeepException($"{file} holds a ledger of PostgreSQL. Name the database in ConnectionStrings__PostgreSql.");
        }
    }

    private async Task RefuseEntriesAsync(bool overwrite, CancellationToken ct)
    {
        // Asked in any case: it makes a database that is missing.
        var primary = stores.PostgreSql is { } postgres
            ? await PostgresDump.HasEntriesAsync(postgres, NullLogger.Instance, ct)
            : SqliteCopy.HasEntries(stores.PrimaryFile);
        var held = primary ? stores.PrimaryName : SqliteCopy.HasEntries(stores.FallbackFile) ? stores.FallbackFile : null;
        if (held is not null && !overwrite)
        {
            throw new UpkeepException($"The ledger in {held} has entries. Nothing was changed; give --{OverwriteFlag} to replace it, and back it up first.");
        }
    }

    private static async Task InWorkFolderAsync(string beside, Func<string, Task> work)
    {
        // Beside the target, so that it is as private, and on a disk that is large enough.
        var folder = Path.Combine(beside, $".backup-{Guid.NewGuid():N}");
        ConsoleFiles.EnsurePrivateDirectory(folder);
        try
        {
            await work(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
