namespace GavatDashboard.Features.Failover;

/// <summary>Tells how long each of several steps took that follow one another.</summary>
internal sealed class LapClock(TimeProvider time)
{
    private long _lapAt = time.GetTimestamp();

    /// <summary>Milliseconds since the last lap, or since the beginning.</summary>
    public double LapMs()
    {
        var now = time.GetTimestamp();
        var took = time.GetElapsedTime(_lapAt, now);
        _lapAt = now;
        return took.TotalMilliseconds;
    }
}
