namespace GavatDashboard.Stores.Mirror;

/// <summary>How the fallback stands to the primary.</summary>
internal enum MirrorState
{
    /// <summary>It holds everything that was acknowledged, and may be promoted.</summary>
    Following,

    /// <summary>It lacks something; it is being brought up to date and must not be promoted.</summary>
    Behind,

    /// <summary>It holds something that the primary does not; a person must decide.</summary>
    Diverged,

    /// <summary>It has taken over: the primary follows it, once it is back.</summary>
    Leading,
}

/// <summary>The mirror as it stands now.</summary>
/// <param name="State">How it stands.</param>
/// <param name="Reason">Why, for a person.</param>
/// <param name="Since">Since when (UTC).</param>
/// <param name="Missed">Batches that were acknowledged without the mirror and wait to be applied to it.</param>
internal sealed record MirrorStatus(MirrorState State, string Reason, DateTimeOffset Since, int Missed);
