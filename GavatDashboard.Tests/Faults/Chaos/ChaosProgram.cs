using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Tests.Faults.Harness;

namespace GavatDashboard.Tests.Faults.Chaos;

/// <summary>What <c>scripts/chaos.sh</c> starts: <c>dotnet GavatDashboard.Tests.dll chaos [--rounds N] [--minutes N] [--seed S]</c>.</summary>
internal static class ChaosProgram
{
    public const string Verb = "chaos";

    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output)
    {
        if (ChaosOptions.Read(args) is not { } options)
        {
            await Console.Error.WriteLineAsync("usage: chaos [--rounds N] [--minutes N] [--seed S]");
            return 2;
        }

        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"seed {options.Seed}"));
        var watch = Stopwatch.StartNew();
        await using var arena = await FaultArena.StartAsync(isDurable: true, withMongo: true);
        var verdict = await KillRounds.RunAsync(arena, options.Rounds, options.Seed, output);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{options.Rounds} rounds in {watch.Elapsed.TotalSeconds:0} s"));
        await output.WriteLineAsync(verdict.ToString());
        return verdict.IsClean ? 0 : 1;
    }
}

/// <summary>What was asked for.</summary>
internal sealed record ChaosOptions(int Rounds, double Minutes, int Seed)
{
    public static ChaosOptions? Read(IReadOnlyList<string> args)
    {
        var (rounds, minutes, seed) = (0, 0.0, Random.Shared.Next(1_000_000));
        for (var i = 0; i < args.Count; i += 2)
        {
            var isRead = i + 1 < args.Count && args[i] switch
            {
                "--rounds" => int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out rounds) && rounds >= 0,
                "--minutes" => double.TryParse(args[i + 1], CultureInfo.InvariantCulture, out minutes) && minutes is >= 0 and <= 1_440,
                "--seed" => int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out seed) && seed >= 0,
                _ => false,
            };
            if (!isRead)
            {
                return null;
            }
        }

        return new ChaosOptions(rounds, minutes, seed);
    }
}
