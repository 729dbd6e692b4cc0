namespace GavatDashboard.Domain.Analysis.Models;

/// <summary>Finds a minimum of a function of a few variables without derivatives, by the downhill simplex of Nelder and Mead.</summary>
internal static class NelderMead
{
    private const double FirstStep = 0.5;
    private const double Tolerance = 1e-12;
    private const int MostRounds = 5_000;

    /// <summary>Goes downhill, and once more from where it came to rest, because a simplex may collapse on the way.</summary>
    /// <param name="function">The function; it may answer infinity outside its domain.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="onRound">Told after each round; throws to give up.</param>
    public static (double[] At, double Value) Minimize(Func<double[], double> function, double[] start, Action<int> onRound)
    {
        var rounds = 0;
        var best = Descend(function, start, () => onRound(++rounds));
        while (true)
        {
            var again = Descend(function, best.At, () => onRound(++rounds));
            if (best.Value - again.Value <= 1e-9 * (1 + Math.Abs(again.Value)))
            {
                return again.Value <= best.Value ? again : best;
            }

            best = again;
        }
    }

    private static (double[] At, double Value) Descend(Func<double[], double> function, double[] start, Action onRound)
    {
        var size = start.Length;
        var points = Enumerable.Range(0, size + 1).Select(i => Shifted(start, i - 1)).ToArray();
        var values = points.Select(function).ToArray();
        for (var round = 0; round < MostRounds; round++)
        {
            onRound();
            Array.Sort(values, points);
            if (values[size] - values[0] <= Tolerance * (1 + Math.Abs(values[0])))
            {
                break;
            }

            var centre = Enumerable.Range(0, size).Select(k => points.Take(size).Average(point => point[k])).ToArray();
            Step(function, points, values, centre);
        }

        return (points[0], values[0]);
    }

    /// <summary>Replaces the worst point: by its reflection, by one further out, by one further in, or pulls all towards the best.</summary>
    private static void Step(Func<double[], double> function, double[][] points, double[] values, double[] centre)
    {
        var worst = points.Length - 1;
        var reflected = Between(centre, points[worst], -1);
        var value = function(reflected);
        if (value < values[0])
        {
            var expanded = Between(centre, points[worst], -2);
            var further = function(expanded);
            (points[worst], values[worst]) = further < value ? (expanded, further) : (reflected, value);
            return;
        }

        if (value < values[worst - 1])
        {
            (points[worst], values[worst]) = (reflected, value);
            return;
        }

        var contracted = value < values[worst] ? Between(centre, reflected, 0.5) : Between(centre, points[worst], 0.5);
        var nearer = function(contracted);
        if (nearer < Math.Min(value, values[worst]))
        {
            (points[worst], values[worst]) = (contracted, nearer);
            return;
        }

        for (var i = 1; i < points.Length; i++)
        {
            points[i] = Between(points[0], points[i], 0.5);
            values[i] = function(points[i]);
        }
    }

    private static double[] Between(double[] from, double[] to, double share) => [.. from.Zip(to, (a, b) => a + (share * (b - a)))];

    private static double[] Shifted(double[] start, int dimension)
    {
        var point = (double[])start.Clone();
        if (dimension >= 0)
        {
            point[dimension] += FirstStep;
        }

        return point;
    }
}
