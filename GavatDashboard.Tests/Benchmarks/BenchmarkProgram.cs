using GavatDashboard.Tests.Faults.Chaos;

namespace GavatDashboard.Tests.Benchmarks;

/// <summary>
/// What <c>scripts/bench.sh</c> and <c>scripts/chaos.sh</c> start: <c>dotnet GavatDashboard.Tests.dll NAME</c>. They live beside the
/// tests because they use the same servers; the test runner does not come this way.
/// </summary>
internal static class BenchmarkProgram
{
    private static readonly Dictionary<string, Func<TextWriter, Task>> Known = new(StringComparer.Ordinal)
    {
        ["analyzer"] = AnalyzerBenchmark.RunAsync,
        ["analyzer-figures"] = AnalyzerFigures.RunAsync,
        ["analyzer-simulation"] = SimulationBenchmark.RunAsync,
        ["cache"] = CacheBenchmark.RunAsync,
        ["fallback"] = FallbackBenchmark.RunAsync,
        ["floor"] = PostgresFloor.RunAsync,
        ["http"] = HttpBenchmark.RunAsync,
        ["ledger"] = LedgerBenchmark.RunAsync,
    };

    public static async Task<int> Main(string[] args)
    {
        if (args is [ChaosProgram.Verb, ..])
        {
            return await ChaosProgram.RunAsync(args[1..], Console.Out);
        }

        if (args is not [var name] || !Known.TryGetValue(name, out var run))
        {
            await Console.Error.WriteLineAsync($"name one benchmark: {string.Join(", ", Known.Keys)}");
            return 2;
        }

        await run(Console.Out);
        return 0;
    }
}
