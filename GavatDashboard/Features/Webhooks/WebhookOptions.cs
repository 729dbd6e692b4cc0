using GavatDashboard.Domain.Health;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Webhooks;

/// <summary>Who is told of incidents, and how often it is tried; section <c>Webhooks</c>.</summary>
internal sealed class WebhookOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Webhooks";

    private const int LeastSecretLength = 16;

    /// <summary>Those who are told.</summary>
    public IList<WebhookEndpoint> Endpoints { get; } = [];

    /// <summary>The severity from which on they are told: <c>Minor</c>, <c>Major</c> or <c>Critical</c>.</summary>
    public IncidentSeverity MinimumSeverity { get; set; } = IncidentSeverity.Minor;

    /// <summary>How long an endpoint may take to answer, in seconds: 0.5 to 60.</summary>
    public double TimeoutSeconds { get; set; } = 10;

    /// <summary>How long after the first failure it is tried again, in seconds; doubled by each further one: 0.05 to 600.</summary>
    public double FirstRetrySeconds { get; set; } = 5;

    /// <summary>The longest that this grows to, in seconds: 1 to 86,400.</summary>
    public double LongestRetrySeconds { get; set; } = 3_600;

    /// <summary>After so many failures it is given up: 1 to 100.</summary>
    public int MaxAttempts { get; set; } = 16;

    internal TimeSpan Timeout => TimeSpan.FromSeconds(TimeoutSeconds);

    /// <summary>The endpoint of a name, or null where none is configured (any more).</summary>
    internal WebhookEndpoint? Find(string name) => Endpoints.FirstOrDefault(endpoint => endpoint.DisplayName == name);

    /// <summary>How long to wait after so many failures.</summary>
    internal TimeSpan RetryAfter(int failures) =>
        TimeSpan.FromSeconds(Math.Min(LongestRetrySeconds, FirstRetrySeconds * Math.Pow(2, Math.Min(failures, 30) - 1)));

    /// <summary>Checks everything at once.</summary>
    internal sealed class Validator : IValidateOptions<WebhookOptions>
    {
        public ValidateOptionsResult Validate(string? name, WebhookOptions options)
        {
            List<string> errors = [];
            for (var i = 0; i < options.Endpoints.Count; i++)
            {
                CheckEndpoint(options.Endpoints[i], $"{Section}:{nameof(Endpoints)}:{i}");
            }

            foreach (var twice in options.Endpoints.Where(endpoint => endpoint.Target is not null).GroupBy(endpoint => endpoint.DisplayName, StringComparer.Ordinal).Where(same => same.Count() > 1))
            {
                errors.Add($"{Section}:{nameof(Endpoints)} has '{twice.Key}' {twice.Count()} times; give each a {nameof(WebhookEndpoint.Name)} of its own.");
            }

            if (!Enum.IsDefined(options.MinimumSeverity))
            {
                errors.Add($"{Section}:{nameof(MinimumSeverity)} is {options.MinimumSeverity}; give Minor, Major or Critical.");
            }

            Check(nameof(TimeoutSeconds), options.TimeoutSeconds, 0.5, 60);
            Check(nameof(FirstRetrySeconds), options.FirstRetrySeconds, 0.05, 600);
            Check(nameof(LongestRetrySeconds), options.LongestRetrySeconds, 1, 86_400);
            Check(nameof(MaxAttempts), options.MaxAttempts, 1, 100);
            return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

            // The address itself may be a secret, so no message repeats it.
            void CheckEndpoint(WebhookEndpoint endpoint, string key)
            {
                if (endpoint.Target is not { } target)
                {
                    errors.Add($"{key}:{nameof(WebhookEndpoint.Url)} is no address that begins with http:// or https://.");
                }
                else if (target.UserInfo.Length > 0)
                {
                    errors.Add($"{key}:{nameof(WebhookEndpoint.Url)} holds a user name or password; sign with {nameof(WebhookEndpoint.Secret)} instead.");
                }

                if (endpoint.Secret.Length is > 0 and < LeastSecretLength)
                {
                    errors.Add($"{key}:{nameof(WebhookEndpoint.Secret)} is short; give at least {LeastSecretLength} characters, or leave it empty to send unsigned.");
                }
            }

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

/// <summary>Somebody who is told.</summary>
internal sealed class WebhookEndpoint
{
    /// <summary>What it is called on pages and in logs; empty for its host.</summary>
    public string Name { get; set; } = string.Empty;

    /// <summary>Where it listens, <c>http://</c> or <c>https://</c>. It may hold a secret, and is shown nowhere beyond its host.</summary>
    public string Url { get; set; } = string.Empty;

    /// <summary>What the hash over each body is made with; empty to send none.</summary>
    public string Secret { get; set; } = string.Empty;

    internal Uri? Target => Uri.TryCreate(Url, UriKind.Absolute, out var target) && target.Scheme is "http" or "https" && target.Host.Length > 0 ? target : null;

    internal string Host => Target is { } target ? $"{target.Scheme}://{target.Authority}" : string.Empty;

    internal string DisplayName => Name.Length > 0 ? Name : Target?.Authority ?? string.Empty;

    internal bool IsSigned => Secret.Length > 0;
}
