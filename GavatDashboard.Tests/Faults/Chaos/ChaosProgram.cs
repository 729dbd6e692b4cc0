using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Tests.Faults.Harness;

namespace GavatDashboard.Tests.Faults.Chaos;

/// <summary>What <c>scripts/chaos.sh</c> starts: <c>dotnet GavatDashboard.Tests.dll chaos [--rounds N] [--failovers N] [--minutes N] [--seed S]</c>.</summary>
internal static class ChaosProgram
{
    public const string Verb = "chaos";

    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output)
    {
        if (ChaosOptions.Read(args) is not { } options)
        {
            await Console.Error.WriteLineAsync("usage: chaos [--rounds N] [--failovers N] [--minutes N] [--seed S]");
            return 2;
        }

        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"seed {options.Seed}"));
        var isClean = true;
        if (options.Rounds > 0)
        {
            isClean &= await RunAsync(
                string.Create(CultureInfo.InvariantCulture, $"{options.Rounds} kills"), arena => KillRounds.RunAsync(arena, options.Rounds, options.Seed, output), output);
        }

        if (options.Failovers > 0)
        {
            isClean &= await RunAsync(
                string.Create(CultureInfo.InvariantCulture, $"{options.Failovers} failovers"),
                arena => new FailoverRounds(arena, options.Seed, output).RunAsync(options.Failovers),
                output);
        }

        if (options.Minutes > 0)
        {
            isClean &= await RunAsync(
                string.Create(CultureInfo.InvariantCulture, $"{options.Minutes:0.##} minutes of faults"),
                arena => new ChaosRun(arena, options.Seed, output).RunAsync(TimeSpan.FromMinutes(options.Minutes)),
                output);
        }

        return isClean ? 0 : 1;
    }

    private static async Task<bool> RunAsync(string what, Func<FaultArena, Task<Verdict>> run, TextWriter output)
    {
        var watch = Stopwatch.StartNew();
        await using var arena = await FaultArena.StartAsync(isDurable: true, withMongo: true);
        Verdict verdict;
        try
        {
            verdict = await run(arena);
        }
        catch (Exception exception) when (exception is InvalidOperationException or TimeoutException)
        {
            await output.WriteLineAsync($"{what}: {exception.Message}");
            verdict = await arena.JudgePrimaryAsync();
            await output.WriteLineAsync($"{what}: it did not end as it must; at this moment PostgreSQL says:\n{verdict.Problems}\n{verdict.Summary}");
            return false;
        }

        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{what} in {watch.Elapsed.TotalSeconds:0} s, both ledgers equal, both chains whole"));
        await output.WriteLineAsync(verdict.Summary);
        return verdict.IsClean;
    }
}

/// <summary>What was asked for.</summary>
internal sealed record ChaosOptions(int Rounds, int Failovers, double Minutes, int Seed)
{
    public static ChaosOptions? Read(IReadOnlyList<string> args)
    {
        var (rounds, failovers, minutes) = args.Any(arg => arg is "--rounds" or "--failovers" or "--minutes") ? (0, 0, 0.0) : (100, 20, 5.0);
        var seed = Random.Shared.Next(1_000_000);
        for (var i = 0; i < args.Count; i += 2)
        {
            var isRead = i + 1 < args.Count && args[i] switch
            {
                "--rounds" => int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out rounds) && rounds >= 0,
                "--failovers" => int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out failovers) && failovers >= 0,
                "--minutes" => double.TryParse(args[i + 1], CultureInfo.InvariantCulture, out minutes) && minutes is >= 0 and <= 1_440,
                "--seed" => int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out seed) && seed >= 0,
                _ => false,
            };
            if (!isRead)
            {
                return null;
            }
        }

        return new ChaosOptions(rounds, failovers, minutes, seed);
    }
}
