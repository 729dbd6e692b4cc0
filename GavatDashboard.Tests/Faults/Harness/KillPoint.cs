using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Tests.Faults.Harness;
using GavatDashboard.Tests.Servers;

/// <summary>
/// Called by the runtime inside the application's process, before its own entry point, when <c>DOTNET_STARTUP_HOOKS</c> names this
/// assembly. So the application under test is the one that is shipped, and knows nothing of the fault.
/// </summary>
internal static class StartupHook
{
    public static void Initialize() => KillPoint.Arm();
}

namespace GavatDashboard.Tests.Faults.Harness
{
    /// <summary>A step of the write path, or of a change of who may write, at whose end the application kills its own process, as if the power had been cut there.</summary>
    /// <param name="Step">The name of the step's trace.</param>
    /// <param name="Occurrence">After how many of them, from 1.</param>
    /// <param name="AtStart">Whether it does before that step, and not at its end.</param>
    internal sealed record KillPoint(string Step, int Occurrence, bool AtStart = false)
    {
        private const string StepVariable = "FAULT_STEP";
        private const string OccurrenceVariable = "FAULT_OCCURRENCE";
        private const string AtStartVariable = "FAULT_AT_START";

        /// <summary>What tells the application's process to do it.</summary>
        public IEnumerable<KeyValuePair<string, string>> Environment =>
        [
            new("DOTNET_STARTUP_HOOKS", typeof(KillPoint).Assembly.Location),
            new(StepVariable, Step),
            new(OccurrenceVariable, Occurrence.ToString(CultureInfo.InvariantCulture)),
            new(AtStartVariable, AtStart.ToString()),
        ];

        /// <summary>In the application's process: listens to the traces of the write path.</summary>
        internal static void Arm()
        {
            var step = System.Environment.GetEnvironmentVariable(StepVariable);
            var remaining = int.Parse(System.Environment.GetEnvironmentVariable(OccurrenceVariable) ?? "1", CultureInfo.InvariantCulture);
            var isAtStart = System.Environment.GetEnvironmentVariable(AtStartVariable) == bool.TrueString;
            ActivitySource.AddActivityListener(new ActivityListener
            {
                ShouldListenTo = source => source.Name == "GavatDashboard.Ledger",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStarted = begun => Pass(begun, isStart: true),
                ActivityStopped = ended => Pass(ended, isStart: false),
            });

            void Pass(Activity passed, bool isStart)
            {
                if (isStart == isAtStart && passed.OperationName == step && Interlocked.Decrement(ref remaining) == 0)
                {
                    NativeSignals.Send(System.Environment.ProcessId, ServerSignal.Kill);
                    Thread.Sleep(Timeout.Infinite);
                }
            }
        }
    }
}
