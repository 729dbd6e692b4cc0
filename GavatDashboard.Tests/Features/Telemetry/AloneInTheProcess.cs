namespace GavatDashboard.Tests.Features.Telemetry;

/// <summary>
/// Tests of what the process measures: a listener hears the meters of every application in the process, and forgets those of a name when one
/// of them goes. So no other application may come or go meanwhile.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneInTheProcess
{
    /// <summary>The group's name.</summary>
    public const string Name = "alone in the process";
}
