using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using GavatDashboard.Stores.Sqlite.Console;

namespace GavatDashboard.Features.Upkeep;

/// <summary>A backup is one file: a ZIP archive of copies with a manifest that has the hash of each.</summary>
internal static class BackupArchive
{
    /// <summary>The ledger as pg_dump writes it.</summary>
    public const string PostgresLedger = "ledger.pgdump";

    /// <summary>The ledger of embedded mode.</summary>
    public const string SqliteLedger = "primary.db";

    public const string Fallback = "gavatcore_v2.db";
    public const string Console = "console.db";
    public const string Imports = "imports.db";

    private const string ManifestName = "manifest.json";
    private const int Format = 1;
    private static readonly string[] Known = [PostgresLedger, SqliteLedger, Fallback, Console, Imports];
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The name of a backup that is made now.</summary>
    public static string NameAt(DateTimeOffset now) => string.Create(CultureInfo.InvariantCulture, $"gavat-{now.UtcDateTime:yyyyMMdd-HHmmss}Z.zip");

    /// <summary>Packs the files of a folder. The archive appears under its name only when it is whole and on the disk.</summary>
    public static void Pack(string folder, string target, DateTimeOffset now)
    {
        var partial = target + ".partial";
        ConsoleFiles.EnsurePrivateFile(partial);
        using (var file = new FileStream(partial, FileMode.Truncate, FileAccess.ReadWrite))
        {
            using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
            {
                List<BackupFile> packed = [];
                foreach (var path in Directory.GetFiles(folder).Order(StringComparer.Ordinal))
                {
                    var name = Path.GetFileName(path);
                    packed.Add(new BackupFile(name, new FileInfo(path).Length, HashOf(path)));
                    zip.CreateEntryFromFile(path, name, name == PostgresLedger ? CompressionLevel.NoCompression : CompressionLevel.Fastest);
                }

                using var manifest = zip.CreateEntry(ManifestName).Open();
                JsonSerializer.Serialize(manifest, new BackupManifest(Format, now, packed), Json);
            }

            file.Flush(flushToDisk: true);
        }

        File.Move(partial, target, overwrite: false);
    }

    /// <summary>Unpacks a backup and compares every file with its hash, before anything is done with them.</summary>
    /// <exception cref="UpkeepException">It is no backup, or it is damaged.</exception>
    public static BackupManifest Unpack(string source, string folder)
    {
        if (!File.Exists(source))
        {
            throw new UpkeepException($"There is no backup at {source}.");
        }

        try
        {
            using var zip = ZipFile.OpenRead(source);
            using var stream = (zip.GetEntry(ManifestName) ?? throw new UpkeepException($"{source} is no backup: it has no manifest.")).Open();
            var manifest = JsonSerializer.Deserialize<BackupManifest>(stream, Json);
            if (manifest?.Format != Format || manifest.Files is null)
            {
                throw new UpkeepException($"{source} has the form {manifest?.Format}; this version reads form {Format}.");
            }

            foreach (var file in manifest.Files)
            {
                // Only names that backups have: a name from the archive must not become a path of its own choice.
                var entry = Known.Contains(file.Name, StringComparer.Ordinal) ? zip.GetEntry(file.Name) : null;
                var path = Path.Combine(folder, Path.GetFileName(file.Name));
                entry?.ExtractToFile(path);
                if (entry is null || HashOf(path) != file.Sha256)
                {
                    throw new UpkeepException($"{source} is damaged: {file.Name} is missing or is not what was backed up.");
                }
            }

            return manifest;
        }
        catch (Exception problem) when (problem is InvalidDataException or JsonException)
        {
            throw new UpkeepException($"{source} is no backup, or it is damaged: {problem.Message}");
        }
    }

    private static string HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}

/// <summary>What is in a backup.</summary>
/// <param name="Format">The form of the archive.</param>
/// <param name="CreatedAt">When it was made (UTC).</param>
/// <param name="Files">The copies.</param>
internal sealed record BackupManifest(int Format, DateTimeOffset CreatedAt, IReadOnlyList<BackupFile> Files)
{
    public bool Has(string name) => Files.Any(file => file.Name == name);
}

/// <summary>A copy in a backup.</summary>
/// <param name="Name">Its name in the archive.</param>
/// <param name="Bytes">Its size in bytes.</param>
/// <param name="Sha256">Its hash, 64 hexadecimal digits.</param>
internal sealed record BackupFile(string Name, long Bytes, string Sha256);
