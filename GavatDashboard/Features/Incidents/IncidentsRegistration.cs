namespace GavatDashboard.Features.Incidents;

/// <summary>Registers the pages about incidents.</summary>
public static class IncidentsRegistration
{
    /// <summary>What takes acknowledgements and notes.</summary>
    public static void AddIncidents(this WebApplicationBuilder builder) => builder.Services.AddScoped<IncidentService>();

    /// <summary>The export of post-mortems.</summary>
    public static void MapIncidents(this WebApplication app) => PostMortemExport.Map(app);
}
