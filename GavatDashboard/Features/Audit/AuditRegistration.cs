using GavatDashboard.Stores.Sqlite.Console;

namespace GavatDashboard.Features.Audit;

/// <summary>The audit log and its export.</summary>
public static class AuditRegistration
{
    /// <summary>Registers <see cref="IAuditLog"/>.</summary>
    public static WebApplicationBuilder AddAudit(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddConsoleStore(builder.Configuration);
        return builder;
    }

    /// <summary>Maps the export.</summary>
    public static WebApplication MapAudit(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        AuditExport.Map(app);
        return app;
    }
}
