using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Upkeep;

/// <summary>Reads all settings once before anything starts, so that wrong ones end the start with a sentence each and no stack trace.</summary>
internal static class SettingsCheck
{
    /// <summary>What <c>sysexits.h</c> calls a configuration error.</summary>
    public const int ExitCode = 78;

    /// <summary>What is wrong, by setting; empty where all will do.</summary>
    public static IReadOnlyList<string> FindErrors(IServiceProvider services)
    {
        try
        {
            services.GetRequiredService<IStartupValidator>().Validate();
            return [];
        }
        catch (OptionsValidationException wrong)
        {
            return [.. wrong.Failures];
        }
        catch (AggregateException several) when (several.InnerExceptions.All(one => one is OptionsValidationException))
        {
            return [.. several.InnerExceptions.Cast<OptionsValidationException>().SelectMany(one => one.Failures)];
        }
        catch (InvalidOperationException unreadable) when (unreadable.InnerException is FormatException or ArgumentException)
        {
            // The binder's words name the setting and what it was to be.
            return [unreadable.Message];
        }
    }

    /// <summary>Writes the errors where a person who started the program looks.</summary>
    /// <returns>The program's exit code.</returns>
    public static int Report(IReadOnlyList<string> errors)
    {
        foreach (var error in errors)
        {
            Console.Error.WriteLine($"error: {error}");
        }

        return ExitCode;
    }
}
