using GavatDashboard.Features.Instances;

namespace GavatDashboard.Features.Projection;

/// <summary>Registers the copies of the ledger.</summary>
public static class ProjectionRegistration
{
    /// <summary>The copies in the document store and in the leaderboards, and the worker that keeps them.</summary>
    public static void AddProjection(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<OutboxSignal>();
        services.AddSingleton<IOutboxSignal>(provider => provider.GetRequiredService<OutboxSignal>());
        services.AddSingleton<IProjectionTarget, DocumentProjection>();
        services.AddSingleton<IProjectionTarget, LeaderboardProjection>();
        services.AddSingleton<ProjectionWorker>();
        services.AddSingleton<IProjectionStatus>(provider => provider.GetRequiredService<ProjectionWorker>());
        services.AddOwnerService<ProjectionWorker>();
    }
}
