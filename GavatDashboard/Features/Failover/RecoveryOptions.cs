using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Failover;

/// <summary>How the failover coordinator watches the primary; section <c>Failover</c>.</summary>
internal sealed class RecoveryOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Failover";

    /// <summary>How often the primary is asked to take a write, in seconds: 0.1 to 60.</summary>
    public double TickSeconds { get; set; } = 1;

    /// <summary>How long it may take, in seconds: 0.1 to 30.</summary>
    public double ProbeTimeoutSeconds { get; set; } = 1;

    internal TimeSpan Tick => TimeSpan.FromSeconds(TickSeconds);

    internal TimeSpan ProbeTimeout => TimeSpan.FromSeconds(ProbeTimeoutSeconds);

    /// <summary>The longest time between two ticks that is still in order.</summary>
    internal TimeSpan TickOverdueAfter => (3 * Tick) + ProbeTimeout;

    /// <summary>Checks everything at once.</summary>
    internal sealed class Validator : IValidateOptions<RecoveryOptions>
    {
        public ValidateOptionsResult Validate(string? name, RecoveryOptions options)
        {
            List<string> errors = [];
            Check(errors, nameof(TickSeconds), options.TickSeconds, 60);
            Check(errors, nameof(ProbeTimeoutSeconds), options.ProbeTimeoutSeconds, 30);
            return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
        }

        private static void Check(List<string> errors, string key, double value, double most)
        {
            if (!(value >= 0.1 && value <= most))
            {
                errors.Add(FormattableString.Invariant($"{Section}:{key} is {value}; give 0.1 to {most}."));
            }
        }
    }
}
