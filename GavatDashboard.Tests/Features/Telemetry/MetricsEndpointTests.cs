using System.Net;
using GavatDashboard.Features.Security;
using GavatDashboard.Tests.App;

namespace GavatDashboard.Tests.Features.Telemetry;

[Collection(AloneInTheProcess.Name)]
public sealed class MetricsEndpointTests(AppFixture app) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Metrics_WithTheHealthScope_IsPrometheusTextWithOurOwnFigures()
    {
        using var client = app.CreateClient(await app.CreateKeyAsync(ApiScopes.Health));
        string text;
        var watch = System.Diagnostics.Stopwatch.StartNew();
        do
        {
            using var answer = await client.GetAsync(new Uri("/metrics", UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
            text = await answer.Content.ReadAsStringAsync();
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), text);
            await Task.Delay(300);
        }
        // The figures of what has just been done come with one of the next looks.
        while (!(text.Contains("component=\"coin-service\"} 1", StringComparison.Ordinal)
            && text.Contains("gavat_probe_duration_seconds_bucket{", StringComparison.Ordinal)
            && text.Contains("gavat_ledger_operations", StringComparison.Ordinal)));

        Assert.Contains("gavat_component_up{", text, StringComparison.Ordinal);
        Assert.Contains("dotnet_process_cpu_time_seconds", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_WithoutAKey_IsRefused()
    {
        using var client = app.CreateClient(apiKey: null);
        using var answer = await client.GetAsync(new Uri("/metrics", UriKind.Relative));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Metrics_WithAnotherScope_IsForbidden()
    {
        using var client = app.CreateClient(await app.CreateKeyAsync(ApiScopes.CoinsRead));
        using var answer = await client.GetAsync(new Uri("/metrics", UriKind.Relative));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }
}
