using GavatDashboard.Domain.Health;

namespace GavatDashboard.Features.Health;

/// <summary>Lets those outside hear of incidents. What it is to tell is kept in the same step as the incident, so that neither is there without the other.</summary>
public interface IIncidentHerald
{
    /// <summary>Keeps what is to be told, inside the unit of work of whoever keeps the incident.</summary>
    /// <param name="incident">The incident as it is now.</param>
    /// <param name="news">What is new about it.</param>
    /// <param name="acknowledgement">Who has taken it up, or null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task KeepAsync(Incident incident, IReadOnlyList<IncidentNews> news, IncidentAcknowledgement? acknowledgement, CancellationToken cancellationToken);

    /// <summary>Begins to tell, once what was kept is there for good.</summary>
    void Begin();
}
