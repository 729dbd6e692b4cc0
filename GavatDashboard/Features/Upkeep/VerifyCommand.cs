using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Audit;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Upkeep;

/// <summary>
/// <c>GavatDashboard verify [--data DIR]</c>: walks the chains of the ledgers and of the audit trail, compares balances with
/// entries and the stores with each other, and ends with 1 at the first break. Works beside the running application and changes nothing.
/// </summary>
internal sealed class VerifyCommand(StoreLocations stores, Func<CancellationToken, Task<AuditVerification>> verifyAudit, TextWriter output, TextWriter errors)
{
    /// <summary>The verb that the program is started with.</summary>
    public const string Verb = "verify";

    /// <summary>The exit code where nothing is wrong, but not every store could be compared.</summary>
    public const int NotCompared = 3;

    private const string Usage = "usage: GavatDashboard verify [--data DIR]";

    private readonly List<string> _notCompared = [];

    /// <summary>Runs the verb on the configured stores; returns the exit code: 0 whole, 1 broken or not there, 2 not understood, 3 whole as far as the stores could be reached.</summary>
    public static async Task<int> RunAsync(string[] args, CancellationToken ct)
    {
        if (!UpkeepArguments.TryRead(args, positional: 0, flags: [], out var read))
        {
            await Console.Error.WriteLineAsync(Usage);
            return UpkeepArguments.UsageError;
        }

        using var host = UpkeepArguments.BuildHost(read);
        return await UpkeepArguments.GuardAsync(
            Console.Error,
            () => new VerifyCommand(
                StoreLocations.From(host.Services.GetRequiredService<IConfiguration>()),
                token => host.Services.GetRequiredService<IAuditLog>().VerifyAsync(token),
                Console.Out,
                Console.Error).RunAsync(ct));
    }

    internal async Task<int> RunAsync(CancellationToken ct)
    {
        if (!await CheckPrimaryAsync(ct) || !await CheckFileAsync("fallback ledger", stores.FallbackFile, ct) || !await CompareStoresAsync(ct) || !await CheckAuditAsync(ct))
        {
            return UpkeepArguments.Failure;
        }

        await output.WriteLineAsync(_notCompared.Count == 0 ? "everything fits" : $"what could be compared fits; not compared: {string.Join(", ", _notCompared)}");
        return _notCompared.Count == 0 ? 0 : NotCompared;
    }

    private async Task<bool> CheckPrimaryAsync(CancellationToken ct)
    {
        if (stores.PostgreSql is not { } postgres)
        {
            return await CheckFileAsync("ledger", stores.PrimaryFile, ct);
        }

        try
        {
            return await CheckAsync("ledger", stores.PrimaryName, () => LedgerVerifier.CheckPostgresAsync(postgres, ct));
        }
        catch (StoreUnavailableException outage)
        {
            await LeaveOutAsync("ledger", outage.Message);
            return true;
        }
    }

    private async Task<bool> CompareStoresAsync(CancellationToken ct)
    {
        await using var readers = await StoreReaders.OpenAsync(stores, TimeProvider.System, ct);
        await output.WriteLineAsync(readers.Ledgers.Current == readers.Ledgers.Fallback
            ? "the stores with each other; the fallback leads, and its word counts until the primary has recovered"
            : "the stores with each other");
        await foreach (var store in new StoreComparison(readers, stores, TimeProvider.System).RunAsync(ct))
        {
            if (store.Mismatch is { } mismatch)
            {
                await output.WriteLineAsync($"  {store.Name,-11} BROKEN");
                await errors.WriteLineAsync($"{store.Name}: {mismatch}");
                return false;
            }

            if (store.NotCompared is { } reason)
            {
                await LeaveOutAsync(store.Name, reason);
            }
            else
            {
                await output.WriteLineAsync($"  {store.Name,-11} ok  {store.Words}");
            }
        }

        return true;
    }

    private Task LeaveOutAsync(string name, string reason)
    {
        _notCompared.Add(name);
        return output.WriteLineAsync($"  {name,-11} NOT COMPARED  {reason}");
    }

    private async Task<bool> CheckFileAsync(string what, string path, CancellationToken ct)
    {
        if (!File.Exists(path))
        {
            await errors.WriteLineAsync($"There is no {what} at {path}. Name the data folder with --data, or the stores in ConnectionStrings__PostgreSql and ConnectionStrings__Sqlite.");
            return false;
        }

        return await CheckAsync(what, path, () => LedgerVerifier.CheckSqliteAsync(path, ct));
    }

    private async Task<bool> CheckAsync(string what, string where, Func<Task<LedgerCheck>> run)
    {
        await output.WriteLineAsync($"{what}, {where}");
        var check = await run();
        foreach (var (part, name) in new[] { (LedgerPart.Chain, "hash chain"), (LedgerPart.Balances, "balances"), (LedgerPart.Sum, "sum") })
        {
            if (check.Break is { } found && found.Part == part)
            {
                await output.WriteLineAsync($"  {name,-11} BROKEN");
                await errors.WriteLineAsync($"{what}: {found.Problem}");
                return false;
            }

            // A walk that ended early has proven nothing about what comes after.
            if (check.Break is null)
            {
                await output.WriteLineAsync($"  {name,-11} ok  {Say(part, check)}");
            }
        }

        return true;
    }

    private static string Say(LedgerPart part, LedgerCheck check) => part switch
    {
        LedgerPart.Chain => string.Create(CultureInfo.InvariantCulture, $"{check.Entries:N0} entries, the last at place {check.LastSequence:N0}, and the head"),
        LedgerPart.Balances => string.Create(CultureInfo.InvariantCulture, $"{check.Accounts:N0} accounts equal the sums of their entries"),
        _ => string.Create(CultureInfo.InvariantCulture, $"accounts {check.Balances:N0} and system accounts {check.SystemBalances:N0} are 0 together"),
    };

    private async Task<bool> CheckAuditAsync(CancellationToken ct)
    {
        if (!File.Exists(stores.ConsoleFile))
        {
            await errors.WriteLineAsync($"There is no audit trail at {stores.ConsoleFile}.");
            return false;
        }

        await output.WriteLineAsync($"audit trail, {stores.ConsoleFile}");
        var result = await verifyAudit(ct);
        if (!result.IsIntact)
        {
            await output.WriteLineAsync($"  {"hash chain",-11} BROKEN");
            await errors.WriteLineAsync($"audit trail: at place {result.FirstBrokenSeq} {result.Problem}");
            return false;
        }

        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  {"hash chain",-11} ok  {result.Rows:N0} entries, and the head"));
        return true;
    }
}
