using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Audit;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Upkeep;

/// <summary>
/// <c>GavatDashboard verify [--data DIR]</c>: walks the chains of the ledgers and of the audit trail, compares balances with
/// entries, and ends with 1 at the first break. Works beside the running application and changes nothing.
/// </summary>
internal sealed class VerifyCommand(StoreLocations stores, Func<CancellationToken, Task<AuditVerification>> verifyAudit, TextWriter output, TextWriter errors)
{
    /// <summary>The verb that the program is started with.</summary>
    public const string Verb = "verify";

    private const string Usage = "usage: GavatDashboard verify [--data DIR]";

    /// <summary>Runs the verb on the configured stores; returns the exit code: 0 whole, 1 broken or not readable, 2 not understood.</summary>
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
        var primary = stores.PostgreSql is { } postgres
            ? await CheckAsync("ledger", stores.PrimaryName, () => LedgerVerifier.CheckPostgresAsync(postgres, ct))
            : await CheckFileAsync("ledger", stores.PrimaryFile, ct);
        if (!primary || !await CheckFileAsync("fallback ledger", stores.FallbackFile, ct) || !await CheckAuditAsync(ct))
        {
            return UpkeepArguments.Failure;
        }

        await output.WriteLineAsync("everything fits");
        return 0;
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
