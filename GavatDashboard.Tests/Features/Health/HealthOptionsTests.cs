using GavatDashboard.Features.Health;

namespace GavatDashboard.Tests.Features.Health;

public sealed class HealthOptionsTests
{
    [Fact]
    public void Validate_Defaults_AreGood() => Assert.True(new HealthOptions.Validator().Validate(null, new HealthOptions()).Succeeded);

    [Fact]
    public void Validate_SeveralWrong_NamesEachKeyAndRange()
    {
        var result = new HealthOptions.Validator().Validate(
            null, new HealthOptions { IntervalSeconds = 0, TimeoutSeconds = double.NaN, StartJitterSeconds = 61, SparklineSamples = 1 });

        Assert.Equal(4, result.Failures!.Count());
        Assert.Contains("Health:IntervalSeconds is 0; give 0.2 to 300.", result.Failures!);
    }

    [Fact]
    public void Validate_TimeoutLongerThanTheInterval_IsRefused() =>
        Assert.Contains(
            "Health:TimeoutSeconds is 6; give 0.1 to 5.",
            new HealthOptions.Validator().Validate(null, new HealthOptions { TimeoutSeconds = 6 }).Failures!);
}
