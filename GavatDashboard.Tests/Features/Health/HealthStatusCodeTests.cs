using System.Net;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using GavatDashboard.Tests.App;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Health;

public sealed class HealthStatusCodeTests(HealthStatusCodeTests.SetFeedFixture app) : IClassFixture<HealthStatusCodeTests.SetFeedFixture>
{
    [Theory]
    [InlineData(ComponentIds.Redis, ComponentStatus.Unhealthy, HttpStatusCode.OK, "degraded", HttpStatusCode.OK)]
    [InlineData(ComponentIds.PostgreSql, ComponentStatus.Unhealthy, HttpStatusCode.OK, "degraded", HttpStatusCode.OK)]
    [InlineData(ComponentIds.CoinService, ComponentStatus.Unhealthy, HttpStatusCode.ServiceUnavailable, "unhealthy", HttpStatusCode.ServiceUnavailable)]
    [InlineData(ComponentIds.CoinService, ComponentStatus.Unknown, HttpStatusCode.OK, "degraded", HttpStatusCode.ServiceUnavailable)]
    [InlineData(ComponentIds.CoinService, ComponentStatus.Degraded, HttpStatusCode.OK, "degraded", HttpStatusCode.OK)]
    public async Task Health_OneComponentNotHealthy_AnswersByWhetherCoinsMove(
        string componentId, ComponentStatus status, HttpStatusCode health, string overall, HttpStatusCode ready)
    {
        app.Feed.Set(componentId, status);
        using var client = app.CreateClient();
        using var anybody = app.CreateClient(apiKey: null);

        using var healthAnswer = await client.GetAsync(new Uri("/health", UriKind.Relative));
        using var readyAnswer = await anybody.GetAsync(new Uri("/health/ready", UriKind.Relative));
        using var liveAnswer = await anybody.GetAsync(new Uri("/health/live", UriKind.Relative));
        var text = await healthAnswer.Content.ReadAsStringAsync();

        Assert.Equal((health, ready, HttpStatusCode.OK), (healthAnswer.StatusCode, readyAnswer.StatusCode, liveAnswer.StatusCode));
        Assert.StartsWith($$"""{"status":"{{overall}}","healthy":6,"total":7,""", text, StringComparison.Ordinal);
        Assert.Contains("secret detail of the outage", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", await readyAnswer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    public sealed class SetFeedFixture : AppFixture
    {
        internal SetFeed Feed { get; } = new();

        protected override void ChangeServices(IServiceCollection services) => services.AddSingleton<IHealthFeed>(Feed);
    }

    internal sealed class SetFeed : IHealthFeed
    {
        public HealthSnapshot Current { get; private set; } = new(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, [], []);

        public void Set(string componentId, ComponentStatus status) => Current = Current with
        {
            Components =
            [
                .. ComponentIds.All.Select(id => new ComponentHealth
                {
                    Id = id,
                    DisplayName = id,
                    Status = id == componentId ? status : ComponentStatus.Healthy,
                    Reason = id == componentId ? "secret detail of the outage" : "fine",
                }),
            ],
        };

        public IDisposable Subscribe(Action<HealthSnapshot> onSnapshot) => new Nothing();

        private sealed class Nothing : IDisposable
        {
            public void Dispose()
            {
                // There is nothing to end.
            }
        }
    }
}
