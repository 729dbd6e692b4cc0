using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Instances;

/// <summary>How instances on one ledger find and hear each other; section <c>Instance</c>.</summary>
internal sealed class InstanceOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Instance";

    /// <summary>Where the other instances reach this one, such as <c>https://gavat-1.example:5080</c>; empty for the address it listens on.</summary>
    public string Address { get; set; } = string.Empty;

    /// <summary>How often an instance shows that it lives, and asks the owner how it stands, in seconds: 0.05 to 30.</summary>
    public double BeatSeconds { get; set; } = 0.5;

    /// <summary>How long an instance may be silent before it is called so, in seconds: 1 to 600.</summary>
    public double SilentAfterSeconds { get; set; } = 5;

    internal TimeSpan Beat => TimeSpan.FromSeconds(BeatSeconds);

    internal TimeSpan SilentAfter => TimeSpan.FromSeconds(SilentAfterSeconds);

    /// <summary>Checks everything at once.</summary>
    internal sealed class Validator : IValidateOptions<InstanceOptions>
    {
        public ValidateOptionsResult Validate(string? name, InstanceOptions options)
        {
            List<string> errors = [];
            if (options.Address.Length > 0 && !(Uri.TryCreate(options.Address, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
            {
                errors.Add($"{Section}:{nameof(Address)} is '{options.Address}'; give an address that begins with http:// or https://, or leave it empty.");
            }

            Check(nameof(BeatSeconds), options.BeatSeconds, 0.05, 30);
            Check(nameof(SilentAfterSeconds), options.SilentAfterSeconds, 1, 600);
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
