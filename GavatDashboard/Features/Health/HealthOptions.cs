using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Health;

/// <summary>How the components are watched; section <c>Health</c>.</summary>
internal sealed class HealthOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Health";

    /// <summary>How often a store and the failover coordinator are probed, in seconds: 0.2 to 300.</summary>
    public double IntervalSeconds { get; set; } = 5;

    /// <summary>How often the coin service's canary runs, in seconds: 0.2 to 300. Each run leaves two entries in the ledger.</summary>
    public double CanaryIntervalSeconds { get; set; } = 10;

    /// <summary>How often the analyzer is probed, in seconds: 0.2 to 300.</summary>
    public double AnalyzerIntervalSeconds { get; set; } = 15;

    /// <summary>How long a probe may take, in seconds: 0.1 to the shortest interval.</summary>
    public double TimeoutSeconds { get; set; } = 2;

    /// <summary>Each component's first probe comes at a random instant within so many seconds, so that they do not all run at once: 0 to 60.</summary>
    public double StartJitterSeconds { get; set; } = 1;

    /// <summary>How many samples a sparkline shows: 2 to 1,000.</summary>
    public int SparklineSamples { get; set; } = 60;

    /// <summary>How often a component is probed.</summary>
    internal TimeSpan IntervalOf(string componentId) => TimeSpan.FromSeconds(componentId switch
    {
        Domain.Health.ComponentIds.CoinService => CanaryIntervalSeconds,
        Domain.Health.ComponentIds.Analyzer => AnalyzerIntervalSeconds,
        _ => IntervalSeconds,
    });

    /// <summary>Checks everything at once, so that one start tells of all that is wrong.</summary>
    internal sealed class Validator : IValidateOptions<HealthOptions>
    {
        public ValidateOptionsResult Validate(string? name, HealthOptions options)
        {
            List<string> errors = [];
            Check(errors, nameof(IntervalSeconds), options.IntervalSeconds, 0.2, 300);
            Check(errors, nameof(CanaryIntervalSeconds), options.CanaryIntervalSeconds, 0.2, 300);
            Check(errors, nameof(AnalyzerIntervalSeconds), options.AnalyzerIntervalSeconds, 0.2, 300);
            var shortest = Math.Min(options.IntervalSeconds, Math.Min(options.CanaryIntervalSeconds, options.AnalyzerIntervalSeconds));
            Check(errors, nameof(TimeoutSeconds), options.TimeoutSeconds, 0.1, Math.Max(0.1, shortest));
            Check(errors, nameof(StartJitterSeconds), options.StartJitterSeconds, 0, 60);
            Check(errors, nameof(SparklineSamples), options.SparklineSamples, 2, 1_000);
            return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
        }

        private static void Check(List<string> errors, string key, double value, double least, double most)
        {
            // Written so that NaN is refused too.
            if (!(value >= least && value <= most))
            {
                errors.Add(FormattableString.Invariant($"{Section}:{key} is {value}; give {least} to {most}."));
            }
        }
    }
}
