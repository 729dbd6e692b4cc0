using System.Globalization;
using System.Net;
using GavatDashboard.Tests.App;

namespace GavatDashboard.Tests.Features.Api;

public sealed class RateLimitApiTests(RateLimitApiTests.NarrowApp app) : IClassFixture<RateLimitApiTests.NarrowApp>
{
    [Fact]
    public async Task Calls_BeyondTheRate_Are429WithTheTimeToWait()
    {
        var api = new ApiCaller(app.CreateClient());

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => api.GetAsync("/prices")));

        var refused = answers.Where(answer => answer.Status != HttpStatusCode.OK).ToArray();
        Assert.NotEmpty(refused);
        Assert.All(refused, answer =>
        {
            Assert.Equal((HttpStatusCode.TooManyRequests, "rate_limited"), (answer.Status, answer.Code));
            Assert.InRange(int.Parse(Assert.Single(answer.Headers.GetValues("Retry-After")), CultureInfo.InvariantCulture), 1, 60);
        });
    }

    /// <summary>The application with room for few calls.</summary>
    public sealed class NarrowApp : AppFixture
    {
        protected override Task ChangeSettingsAsync(IDictionary<string, string> settings)
        {
            settings["Security:ApiRequestsPerSecond"] = "3";
            return Task.CompletedTask;
        }
    }
}
