using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Analysis;

namespace GavatDashboard.Tests.Benchmarks;

/// <summary>The policy simulator on PostgreSQL, where everybody has 20 entries and a refusal in the month, with other limits and other rules.</summary>
internal static class SimulationBenchmark
{
    public static async Task RunAsync(TextWriter output)
    {
        await output.WriteLineAsync("| users | decided twice | simulated in | users a second | heap, most | cancelled after |");
        await AnalyzedCommunity.ForEachSizeAsync(
            daysBetween: 1.2, spread: 5,
            async (analyzer, source, users) =>
            {
                await AnalyzedCommunity.ExecuteAsync(source, RefusalEach);
                await MeasureAsync(output, analyzer.Simulator, users);
            });
    }

    private static string RefusalEach => """
        INSERT INTO kept_answers SELECT 'refused-' || user_id, decode('00', 'hex'), user_id, 'refused',
            '{"Code":"daily_limit","Message":"","EntryType":"spend_special","NamedAmount":400}', now() - interval '3 days' FROM users;
        ANALYZE kept_answers;
        """;

    private static async Task MeasureAsync(TextWriter output, PolicySimulator simulator, int users)
    {
        var other = LedgerPolicy.Default with { Version = 2, SpendPerDay = new(15), SilverFrom = new(900) };
        GC.Collect();
        var (most, watch) = (0L, Stopwatch.StartNew());
        Start(simulator, other);
        while (!simulator.Ended.IsCompleted)
        {
            most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: false));
            await Task.WhenAny(simulator.Ended, Task.Delay(50));
        }

        watch.Stop();
        if (simulator.Status is not { State: WorkState.Done, Result: { } report } || report.Users != users || report.After.SpendsOverLimit <= report.Before.SpendsOverLimit)
        {
            throw new InvalidOperationException($"The simulation ended {simulator.Status.State}: {simulator.Status.Problem}");
        }

        var decided = report.Before.Posted + report.Before.EarnsRefused + report.Before.SpendsOverLimit + report.Before.SpendsUnfunded;
        var cancelledAfter = await CancelAsync(simulator, other);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"| {users:N0} | {decided:N0} requests | {watch.Elapsed.TotalSeconds:F1} s | {users / watch.Elapsed.TotalSeconds:N0} | {most / 1048576.0:N0} MB | {cancelledAfter:N0} ms |"));
    }

    /// <summary>Cancels once it has told progress.</summary>
    private static async Task<double> CancelAsync(PolicySimulator simulator, LedgerPolicy other)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        simulator.Changed += () => _ = simulator.Status.Total > 0 && begun.TrySetResult();
        Start(simulator, other);
        await Task.WhenAny(begun.Task, simulator.Ended);
        var watch = Stopwatch.StartNew();
        simulator.Cancel();
        await simulator.Ended;
        return watch.Elapsed.TotalMilliseconds;
    }

    private static void Start(PolicySimulator simulator, LedgerPolicy other)
    {
        if (!simulator.TryStart(other))
        {
            throw new InvalidOperationException("A simulation runs already.");
        }
    }
}
