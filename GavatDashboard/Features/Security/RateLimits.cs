using System.Globalization;
using System.Net;
using System.Security.Claims;
using System.Threading.RateLimiting;
using GavatDashboard.Features.Accounts;
using GavatDashboard.Features.Api;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Security;

/// <summary>Strict at the door, generous for known callers of the API, nothing for the rest.</summary>
internal static class RateLimits
{
    public static void Configure(RateLimiterOptions limiter, SecurityOptions options)
    {
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http => Partition(http, options));
        limiter.OnRejected = async (rejected, ct) =>
        {
            var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter) ? retryAfter : TimeSpan.FromSeconds(1);
            var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
            var http = rejected.HttpContext;
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            if (ProblemResponses.IsForProgram(http))
            {
                await ProblemResponses.WriteAsync(http, ProblemCatalog.RateLimited, $"Try again in {seconds} s.");
            }
            else
            {
                await SignInPages.TooManyAttempts(http.RequestServices.GetRequiredService<IStringLocalizer<UiText>>(), seconds).ExecuteAsync(http);
            }
        };
    }

    private static RateLimitPartition<string> Partition(HttpContext http, SecurityOptions options)
    {
        var path = http.Request.Path;
        if (path.StartsWithSegments("/api"))
        {
            return FindCaller(http.User) is { } caller
                ? Bucket(caller, options.ApiRequestsPerSecond)
                : Bucket($"address:{Address(http)}", options.AnonymousApiRequestsPerSecond);
        }

        if (HttpMethods.IsPost(http.Request.Method) && (path.StartsWithSegments("/login") || path.StartsWithSegments("/account/password")))
        {
            return RateLimitPartition.GetFixedWindowLimiter(
                $"sign-in:{Address(http)}",
                _ => new FixedWindowRateLimiterOptions { PermitLimit = options.LoginAttemptsPerMinute, Window = TimeSpan.FromMinutes(1) });
        }

        return RateLimitPartition.GetNoLimiter("");
    }

    private static RateLimitPartition<string> Bucket(string key, int perSecond) => RateLimitPartition.GetTokenBucketLimiter(
        key,
        _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = 2 * perSecond,
            TokensPerPeriod = perSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        });

    private static string? FindCaller(ClaimsPrincipal user) =>
        user.FindFirstValue(ApiKeyClaims.KeyId) is { } key ? $"key:{key}"
        : user.FindFirstValue(ClaimTypes.NameIdentifier) is { } id ? $"user:{id}"
        : null;

    /// <summary>IPv6 callers own at least a /64, so that is what is counted.</summary>
    private static string Address(HttpContext http)
    {
        if (http.Connection.RemoteIpAddress is not { } address)
        {
            return "unknown";
        }

        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        var bytes = address.GetAddressBytes();
        return bytes.Length == 16 ? new IPAddress([.. bytes[..8], .. new byte[8]]).ToString() : address.ToString();
    }
}
