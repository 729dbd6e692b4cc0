namespace GavatDashboard.Domain.Failover;

/// <summary>
/// Sees to it that a recovery comes to its end although new writes keep coming: first it writes more at once, then it asks for new writes
/// to be slowed, each time to half of what the primary takes. Pure.
/// </summary>
public sealed class ReplayPace
{
    private const int FewestAtOnce = 2_000;
    private const int MostAtOnce = 16_000;

    /// <summary>Rounds in a row that hardly helped before it does something about it.</summary>
    private const int Patience = 2;

    /// <summary>Of what a round writes, at most this share may be made up for by new writes.</summary>
    private const double ShareMadeUp = 0.7;

    private int _rounds;
    private long? _left;

    /// <summary>How many operations one transaction of the primary takes.</summary>
    public int OperationsAtOnce { get; private set; } = FewestAtOnce;

    /// <summary>How many operations a second may be new; null where there is no need to slow them.</summary>
    public double? NewPerSecond { get; private set; }

    /// <summary>Takes a round in.</summary>
    /// <param name="written">Operations that it wrote to the primary.</param>
    /// <param name="took">How long it took, with all that belongs to it.</param>
    /// <param name="left">Operations that are left now, those that came meanwhile included.</param>
    public void Wrote(long written, TimeSpan took, long left)
    {
        var arrived = _left is { } before ? left - (before - written) : 0;
        _left = left;
        if (NewPerSecond is not null)
        {
            Slow(written, took);
        }

        _rounds = arrived > ShareMadeUp * written ? _rounds + 1 : 0;
        if (_rounds < Patience)
        {
            return;
        }

        if (OperationsAtOnce < MostAtOnce && left > OperationsAtOnce)
        {
            OperationsAtOnce *= 2;
            _rounds = 0;
        }
        else
        {
            Slow(written, took);
        }
    }

    private void Slow(long written, TimeSpan took) =>
        NewPerSecond = Math.Max(1, written / 2.0 / Math.Max(took.TotalSeconds, 0.001));
}
