using System.ComponentModel.DataAnnotations;
using System.Net;

namespace GavatDashboard.Features.Security;

/// <summary>Limits and proxies. Section <c>Security</c>.</summary>
public sealed class SecurityOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Security";

    /// <summary>Sign-in posts an address may make in a minute.</summary>
    [Range(1, 100_000, ErrorMessage = "Security:LoginAttemptsPerMinute must be from 1 to 100000.")]
    public int LoginAttemptsPerMinute { get; set; } = 20;

    /// <summary>Calls under /api an API key or a signed-in user may make in a second, on average; bursts of twice as many.</summary>
    [Range(1, 10_000_000, ErrorMessage = "Security:ApiRequestsPerSecond must be from 1 to 10000000.")]
    public int ApiRequestsPerSecond { get; set; } = 5_000;

    /// <summary>Calls under /api without a valid key that an address may make in a second; bursts of twice as many.</summary>
    [Range(1, 10_000_000, ErrorMessage = "Security:AnonymousApiRequestsPerSecond must be from 1 to 10000000.")]
    public int AnonymousApiRequestsPerSecond { get; set; } = 50;

    /// <summary>Addresses of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.</summary>
    public IList<string> TrustedProxies { get; init; } = [];

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        TrustedProxies.Where(address => !IPAddress.TryParse(address, out _))
            .Select(address => new ValidationResult($"Security:TrustedProxies has '{address}', which is not an IP address."));
}
