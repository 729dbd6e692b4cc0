using GavatDashboard.Features.Webhooks;

namespace GavatDashboard.Tests.Features.Webhooks;

public sealed class WebhookOptionsTests
{
    [Theory]
    [InlineData("ftp://example.org/hook", "", "Webhooks:Endpoints:0:Url")]
    [InlineData("file:///etc/passwd", "", "Webhooks:Endpoints:0:Url")]
    [InlineData("hook", "", "Webhooks:Endpoints:0:Url")]
    [InlineData("https://me:word@example.org/token-1", "", "Webhooks:Endpoints:0:Url")]
    [InlineData("https://example.org/token-1", "short", "Webhooks:Endpoints:0:Secret")]
    public void Endpoint_ThatWillNotDo_IsNamedWithoutItsAddress(string url, string secret, string key)
    {
        var result = new WebhookOptions.Validator().Validate(null, new() { Endpoints = { new() { Url = url, Secret = secret } } });

        var error = Assert.Single(result.Failures!);
        Assert.StartsWith(key, error, StringComparison.Ordinal);
        Assert.DoesNotContain("token-1", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Endpoints_OfTheSameName_AreRefusedAndThoseOfAnotherAreNot()
    {
        WebhookEndpoint First() => new() { Url = "https://example.org/a" };
        var validator = new WebhookOptions.Validator();

        Assert.Contains("example.org", Assert.Single(validator.Validate(null, new() { Endpoints = { First(), new() { Url = "https://example.org/b" } } }).Failures!), StringComparison.Ordinal);
        Assert.True(validator.Validate(null, new() { Endpoints = { First(), new() { Name = "chat", Url = "https://example.org/b", Secret = new('s', 16) } } }).Succeeded);
    }

    [Fact]
    public void RetryAfter_MoreFailures_DoublesUpToTheLongest()
    {
        var options = new WebhookOptions { FirstRetrySeconds = 5, LongestRetrySeconds = 60 };

        Assert.Equal([5, 10, 20, 40, 60, 60], Enumerable.Range(1, 6).Select(failures => options.RetryAfter(failures).TotalSeconds));
        Assert.Equal(60, options.RetryAfter(100).TotalSeconds);
    }

    [Fact]
    public void Delivery_WhoseEndpointAsksForTime_WaitsAsLongButNotForEver()
    {
        var options = new WebhookOptions { FirstRetrySeconds = 5, LongestRetrySeconds = 60 };
        var now = new DateTimeOffset(2026, 5, 29, 3, 0, 0, TimeSpan.Zero);
        var delivery = new WebhookDelivery { Id = Guid.NewGuid(), Endpoint = "pager", Event = WebhookEvents.Test, Body = "{}", CreatedAt = now };

        Assert.Equal(now.AddSeconds(30), delivery.After(new("busy", TimeSpan.FromSeconds(30)), now, options).DueAt);
        Assert.Equal(now.AddSeconds(60), delivery.After(new("busy", TimeSpan.FromDays(30)), now, options).DueAt);
        Assert.Equal(now.AddSeconds(5), delivery.After(new("busy", TimeSpan.FromSeconds(-9)), now, options).DueAt);
    }
}
