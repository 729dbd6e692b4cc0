using GavatDashboard.Domain.Analysis.Models;

namespace GavatDashboard.Tests.Analysis.Models;

public sealed class SpecialFunctionsTests
{
    [Theory]
    [InlineData(0.5, 0.572364942924700)]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(10, 12.801827480081469)]
    [InlineData(0.001, 6.907178885383853)]
    [InlineData(1000.5, 5908.674175848678)]
    public void LogGamma_OfAPositiveNumber_IsExact(double x, double expected) =>
        Assert.Equal(expected, SpecialFunctions.LogGamma(x), 1e-12 * Math.Max(1, Math.Abs(expected)));

    [Fact]
    public void Hypergeometric_OfKnownCases_IsExact()
    {
        // 2F1(1, 1; 2; z) = -ln(1 - z) / z, and 2F1(a, b; b; z) = (1 - z)^-a.
        Assert.Equal(-Math.Log(0.1) / 0.9, SpecialFunctions.Hypergeometric(1, 1, 2, 0.9), 1e-12);
        Assert.Equal(Math.Pow(0.3, -1.7), SpecialFunctions.Hypergeometric(1.7, 2.2, 2.2, 0.7), 1e-11);
        Assert.Equal(1, SpecialFunctions.Hypergeometric(3, 4, 5, 0));
    }
}
