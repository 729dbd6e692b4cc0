namespace GavatDashboard.Features.Demo;

/// <summary>Whether what the pages show is a demonstration.</summary>
public interface IDemoStatus
{
    /// <summary>Whether the ledger holds the demo's community; then every page says so.</summary>
    bool HasCommunity { get; }
}

/// <summary>What the demo's traffic found.</summary>
internal sealed class DemoStatus : IDemoStatus
{
    private volatile bool _hasCommunity;

    public bool HasCommunity => _hasCommunity;

    /// <summary>Notes that the community is there; it never leaves again.</summary>
    public void NoteCommunity() => _hasCommunity = true;
}
