using GavatDashboard.Domain.Failover;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Failover;

/// <summary>When the failover coordinator acts; section <c>Failover</c>.</summary>
internal sealed class FailoverOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Failover";

    /// <summary>How often the primary is asked to take a write, in seconds: 0.05 to 60.</summary>
    public double TickSeconds { get; set; } = 0.5;

    /// <summary>How often it is asked while the fallback takes the writes, in seconds: 0.05 to 60.</summary>
    public double FallbackTickSeconds { get; set; } = 2;

    /// <summary>How long it may take, in seconds: 0.1 to 30.</summary>
    public double ProbeTimeoutSeconds { get; set; } = 0.75;

    /// <summary>How long writes may wait before they are refused, in seconds: 0.1 to 60.</summary>
    public double HoldSeconds { get; set; } = 6;

    /// <summary>Failed probes in a row that make an outage: 1 to 100.</summary>
    public int ProbesToFailOver { get; set; } = 3;

    /// <summary>The least time between the first and the last of them, in seconds: 0 to 60.</summary>
    public double SuspectSeconds { get; set; } = 1.5;

    /// <summary>Good probes in a row before the primary is taken back: 1 to 1,000.</summary>
    public int ProbesToRecover { get; set; } = 5;

    /// <summary>The least time between the first and the last of them, in seconds: 0 to 3,600.</summary>
    public double GoodSeconds { get; set; } = 10;

    /// <summary>The least stay on the fallback, in seconds, doubled by each flap: 0 to 3,600.</summary>
    public double MinimumStaySeconds { get; set; } = 15;

    /// <summary>The longest that it grows to, in seconds: 0 to 86,400.</summary>
    public double LongestStaySeconds { get; set; } = 300;

    /// <summary>How long a step of a recovery may take that the primary must answer, in seconds: 0.5 to 600.</summary>
    public double StepTimeoutSeconds { get; set; } = 20;

    /// <summary>How long writes may be held while the primary is taken back, in seconds: 0.1 to 60.</summary>
    public double SwitchTimeoutSeconds { get; set; } = 2;

    /// <summary>How often a drill is held by itself, in hours; 0 for never: 0 to 8,760.</summary>
    public double DrillEveryHours { get; set; }

    /// <summary>How that drill is held: <c>Canary</c> or <c>Full</c>.</summary>
    public DrillScope DrillScope { get; set; } = DrillScope.Canary;

    internal TimeSpan ProbeTimeout => TimeSpan.FromSeconds(ProbeTimeoutSeconds);

    internal TimeSpan Hold => TimeSpan.FromSeconds(HoldSeconds);

    internal TimeSpan StepTimeout => TimeSpan.FromSeconds(StepTimeoutSeconds);

    internal TimeSpan SwitchTimeout => TimeSpan.FromSeconds(SwitchTimeoutSeconds);

    internal FailoverThresholds Thresholds => new()
    {
        ProbesToFailOver = ProbesToFailOver,
        SuspectFor = TimeSpan.FromSeconds(SuspectSeconds),
        ProbesToRecover = ProbesToRecover,
        GoodFor = TimeSpan.FromSeconds(GoodSeconds),
        MinimumStay = TimeSpan.FromSeconds(MinimumStaySeconds),
        LongestStay = TimeSpan.FromSeconds(LongestStaySeconds),
    };

    /// <summary>How long after a probe began the next one begins.</summary>
    internal TimeSpan TickIn(FailoverState state) =>
        TimeSpan.FromSeconds(state.IsOnFallback() || state is FailoverState.ReadOnly or FailoverState.Fenced ? FallbackTickSeconds : TickSeconds);

    /// <summary>The longest time between two probes that is still in order.</summary>
    internal TimeSpan OverdueAfter(FailoverState state) => (3 * TickIn(state)) + ProbeTimeout;

    /// <summary>Checks everything at once.</summary>
    internal sealed class Validator : IValidateOptions<FailoverOptions>
    {
        public ValidateOptionsResult Validate(string? name, FailoverOptions options)
        {
            List<string> errors = [];
            Check(nameof(TickSeconds), options.TickSeconds, 0.05, 60);
            Check(nameof(FallbackTickSeconds), options.FallbackTickSeconds, 0.05, 60);
            Check(nameof(ProbeTimeoutSeconds), options.ProbeTimeoutSeconds, 0.1, 30);
            Check(nameof(HoldSeconds), options.HoldSeconds, 0.1, 60);
            Check(nameof(ProbesToFailOver), options.ProbesToFailOver, 1, 100);
            Check(nameof(SuspectSeconds), options.SuspectSeconds, 0, 60);
            Check(nameof(ProbesToRecover), options.ProbesToRecover, 1, 1_000);
            Check(nameof(GoodSeconds), options.GoodSeconds, 0, 3_600);
            Check(nameof(MinimumStaySeconds), options.MinimumStaySeconds, 0, 3_600);
            Check(nameof(LongestStaySeconds), options.LongestStaySeconds, 0, 86_400);
            Check(nameof(StepTimeoutSeconds), options.StepTimeoutSeconds, 0.5, 600);
            Check(nameof(SwitchTimeoutSeconds), options.SwitchTimeoutSeconds, 0.1, 60);
            Check(nameof(DrillEveryHours), options.DrillEveryHours, 0, 8_760);
            return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

            void Check(string key, double value, double least, double most)
            {
                if (!(value >= least && value <= most))
                {
                    errors.Add(FormattableString.Invariant($"{Section}:{key} is {value}; give {least} to {most}."));
                }
            }
        }
    }
}
