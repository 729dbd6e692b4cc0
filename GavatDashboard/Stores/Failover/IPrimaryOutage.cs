namespace GavatDashboard.Stores.Failover;

/// <summary>Lets the primary behave as a dead one, where it is a stand-in.</summary>
internal interface IPrimaryOutage
{
    /// <summary>Whether that can be done here.</summary>
    bool IsOffered { get; }

    /// <summary>Whether it is being done.</summary>
    bool IsOn { get; set; }
}

/// <summary>The stand-in's file is taken for gone by all who would open it.</summary>
internal sealed class StandInOutage(PrimaryStandIn standIn) : IPrimaryOutage
{
    public bool IsOffered => true;

    public bool IsOn
    {
        get => standIn.Database.SimulatedFault is not null;
        set => standIn.Database.SimulatedFault = value ? "The outage of the primary is being simulated." : null;
    }
}

/// <summary>A real server's outage is not simulated.</summary>
internal sealed class NoOutage : IPrimaryOutage
{
    public bool IsOffered => false;

    public bool IsOn
    {
        get => false;
        set => throw new InvalidOperationException("The outage of a real server cannot be simulated.");
    }
}
