namespace GavatDashboard.Domain.Analysis.Models;

/// <summary>The special functions that the models of buying are written in.</summary>
internal static class SpecialFunctions
{
    private const int MostTerms = 20_000;
    private const double RelativeError = 1e-14;
    private static readonly double HalfLogTwoPi = 0.5 * Math.Log(2 * Math.PI);

    // Bernoulli numbers B(2k) / (2k (2k - 1)) of Stirling's series.
    private static readonly double[] Stirling = [1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360_360];

    /// <summary>The logarithm of the gamma function, for positive arguments.</summary>
    public static double LogGamma(double x)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(x);

        // Stirling's series is exact to the last digits from 10 on; below, gamma(x) = gamma(x + n) / (x (x + 1) ... (x + n - 1)).
        var product = 1.0;
        while (x < 10)
        {
            product *= x;
            x++;
        }

        var (sum, power, square) = (0.0, 1 / x, 1 / (x * x));
        foreach (var coefficient in Stirling)
        {
            sum += coefficient * power;
            power *= square;
        }

        return ((x - 0.5) * Math.Log(x)) - x + HalfLogTwoPi + sum - Math.Log(product);
    }

    /// <summary>The logarithm of the beta function, for positive arguments.</summary>
    public static double LogBeta(double a, double b) => LogGamma(a) + LogGamma(b) - LogGamma(a + b);

    /// <summary>Gauss' hypergeometric function by its series, for 0 &lt;= z &lt; 1.</summary>
    /// <exception cref="ArithmeticException">It does not converge.</exception>
    public static double Hypergeometric(double a, double b, double c, double z)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(z);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(z, 1);
        var (sum, term) = (1.0, 1.0);
        for (var n = 0; n < MostTerms; n++)
        {
            term *= (a + n) * (b + n) / ((c + n) * (n + 1)) * z;
            sum += term;

            // What is left out is at most a geometric series with the ratio z.
            if (Math.Abs(term) <= RelativeError * (1 - z) * Math.Abs(sum))
            {
                return sum;
            }
        }

        throw new ArithmeticException($"The hypergeometric series does not converge at {z}.");
    }
}
