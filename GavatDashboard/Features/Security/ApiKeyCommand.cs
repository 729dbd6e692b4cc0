using System.Globalization;
using GavatDashboard.Features.Audit;
using GavatDashboard.Stores.Sqlite.Console;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Security;

/// <summary>
/// <c>GavatDashboard apikey create --scopes a,b [--name N] [--expires DAYS] [--data DIR]</c>, <c>apikey list</c> and
/// <c>apikey revoke --id ID</c>. Works beside the running application and without it.
/// </summary>
internal sealed class ApiKeyCommand(ApiKeyService keys, TimeProvider time, TextWriter output, TextWriter errors)
{
    /// <summary>The verb that the program is started with.</summary>
    public const string Verb = "apikey";

    private const int Failure = 1;
    private const int UsageError = 2;

    private static readonly string Usage = string.Join(
        Environment.NewLine,
        "usage: GavatDashboard apikey create --scopes SCOPE[,SCOPE...] [--name NAME] [--expires DAYS] [--data DIR]",
        "       GavatDashboard apikey list [--data DIR]",
        "       GavatDashboard apikey revoke --id ID [--data DIR]",
        $"scopes: {string.Join(", ", ApiScopes.Known)}, or {ApiScopes.All} for all");

    /// <summary>Runs the verb with the console store of the configured data folder; returns the exit code.</summary>
    public static async Task<int> RunAsync(string[] args, CancellationToken ct)
    {
        if (!TryRead(args, out var options))
        {
            await Console.Error.WriteLineAsync(Usage);
            return UsageError;
        }

        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { Args = [], ContentRootPath = AppContext.BaseDirectory });
        if (options.TryGetValue("data", out var directory))
        {
            builder.Configuration[$"{DataOptions.Section}:{nameof(DataOptions.Directory)}"] = directory;
        }

        builder.Logging.ClearProviders();
        builder.Services.AddConsoleStore(builder.Configuration);
        builder.Services.AddSingleton<ApiKeyService>();
        using var host = builder.Build();
        try
        {
            var command = new ApiKeyCommand(
                host.Services.GetRequiredService<ApiKeyService>(), host.Services.GetRequiredService<TimeProvider>(), Console.Out, Console.Error);
            return await command.RunAsync(args[1], options, ct);
        }
        catch (Exception problem) when (problem is OptionsValidationException or IOException or TimeoutException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(problem.Message);
            return Failure;
        }
    }

    internal async Task<int> RunAsync(string action, IReadOnlyDictionary<string, string> options, CancellationToken ct) => action switch
    {
        "create" => await CreateAsync(options, ct),
        "list" => await ListAsync(ct),
        "revoke" => await RevokeAsync(options, ct),
        _ => await RefuseAsync(Usage),
    };

    /// <summary>Reads <c>apikey ACTION --option value ...</c>; false when it is not of that form.</summary>
    internal static bool TryRead(string[] args, out Dictionary<string, string> options)
    {
        options = new Dictionary<string, string>(StringComparer.Ordinal);
        if (args.Length < 2 || args.Length % 2 != 0)
        {
            return false;
        }

        for (var index = 2; index < args.Length; index += 2)
        {
            if (!args[index].StartsWith("--", StringComparison.Ordinal)
                || args[index][2..] is not ("scopes" or "name" or "expires" or "data" or "id")
                || !options.TryAdd(args[index][2..], args[index + 1]))
            {
                return false;
            }
        }

        return true;
    }

    private async Task<int> CreateAsync(IReadOnlyDictionary<string, string> options, CancellationToken ct)
    {
        var scopes = options.GetValueOrDefault("scopes", "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        DateTimeOffset? expiresAt = null;
        if (options.TryGetValue("expires", out var text))
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) || days is < 1 or > 36_500)
            {
                return await RefuseAsync("--expires takes a number of days from 1 to 36500.");
            }

            expiresAt = time.GetUtcNow().AddDays(days);
        }

        try
        {
            var (key, secret) = await keys.CreateAsync(options.GetValueOrDefault("name", "command line"), scopes, expiresAt, AuditActors.CommandLine, ct);
            await errors.WriteLineAsync(
                $"Key {key.Id} ({key.Name}), scopes {string.Join(", ", key.Scopes)}, expires {key.ExpiresAt?.ToString("u", CultureInfo.InvariantCulture) ?? "never"}. It is shown once:");

            // Alone on standard output, so that a script can take it: KEY=$(GavatDashboard apikey create ...).
            await output.WriteLineAsync(secret);
            return 0;
        }
        catch (ArgumentException problem)
        {
            // The exception adds the parameter's name for programmers.
            return await RefuseAsync(problem.Message.Split(" (Parameter", 2)[0]);
        }
    }

    private async Task<int> ListAsync(CancellationToken ct)
    {
        foreach (var key in await keys.ListAsync(ct))
        {
            var state = key.RevokedAt is not null ? "revoked" : key.IsUsable(time.GetUtcNow()) ? "active" : "expired";
            await output.WriteLineAsync($"{key.Id}  {key.Prefix}...  {state,-8}  {key.Name}  [{string.Join(", ", key.Scopes)}]");
        }

        return 0;
    }

    private async Task<int> RevokeAsync(IReadOnlyDictionary<string, string> options, CancellationToken ct)
    {
        if (!options.TryGetValue("id", out var id))
        {
            return await RefuseAsync(Usage);
        }

        if (!await keys.RevokeAsync(id, AuditActors.CommandLine, ct))
        {
            await errors.WriteLineAsync("There is no such key, or it is revoked already.");
            return Failure;
        }

        await output.WriteLineAsync("revoked");
        return 0;
    }

    private async Task<int> RefuseAsync(string message)
    {
        await errors.WriteLineAsync(message);
        return UsageError;
    }
}
