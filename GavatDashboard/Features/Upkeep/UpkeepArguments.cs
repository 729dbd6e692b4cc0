using System.Diagnostics.CodeAnalysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sqlite.Console;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Upkeep;

/// <summary>The command line of the verbs that look after what is kept.</summary>
/// <param name="Positional">What has no name, in order.</param>
/// <param name="Flags">The flags that were given, without dashes.</param>
/// <param name="DataFolder">The value of <c>--data</c>, or null.</param>
internal sealed record UpkeepArguments(IReadOnlyList<string> Positional, IReadOnlySet<string> Flags, string? DataFolder)
{
    public const int Failure = 1;
    public const int UsageError = 2;

    /// <summary>Reads <c>VERB [--data DIR] [--flag] positional ...</c>; false when it is not of that form.</summary>
    public static bool TryRead(string[] args, int positional, IReadOnlyCollection<string> flags, [NotNullWhen(true)] out UpkeepArguments? read)
    {
        read = null;
        List<string> values = [];
        HashSet<string> given = new(StringComparer.Ordinal);
        string? folder = null;
        for (var i = 1; i < args.Length; i++)
        {
            if (args[i] == "--data" && folder is null && i + 1 < args.Length)
            {
                folder = args[++i];
            }
            else if (!args[i].StartsWith('-'))
            {
                values.Add(args[i]);
            }
            else if (!args[i].StartsWith("--", StringComparison.Ordinal) || !flags.Contains(args[i][2..]) || !given.Add(args[i][2..]))
            {
                return false;
            }
        }

        if (values.Count != positional || folder is { Length: 0 })
        {
            return false;
        }

        read = new UpkeepArguments(values, given, folder);
        return true;
    }

    /// <summary>A host with the application's configuration and its console store, and nothing that runs.</summary>
    public static IHost BuildHost(UpkeepArguments arguments)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { Args = [], ContentRootPath = AppContext.BaseDirectory });
        if (arguments.DataFolder is { } folder)
        {
            builder.Configuration[$"{DataOptions.Section}:{nameof(DataOptions.Directory)}"] = folder;
        }

        builder.Logging.ClearProviders();
        builder.Services.AddConsoleStore(builder.Configuration);
        return builder.Build();
    }

    /// <summary>Says in a sentence what can be expected to go wrong; a bug throws.</summary>
    public static async Task<int> GuardAsync(TextWriter errors, Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception problem) when (problem is StoreUnavailableException or UpkeepException or OptionsValidationException or IOException or TimeoutException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync(problem.Message);
            return Failure;
        }
    }
}

/// <summary>A verb cannot do what it was asked for; the message says why and what to do.</summary>
internal sealed class UpkeepException(string message) : Exception(message);
