namespace GavatDashboard.Features.Failover;

/// <summary>Registers the failover page.</summary>
public static class FailoverPagesRegistration
{
    /// <summary>What takes orders from the page.</summary>
    public static void AddFailoverPages(this WebApplicationBuilder builder) => builder.Services.AddScoped<FailoverDesk>();

    /// <summary>The export of proofs.</summary>
    public static void MapFailoverPages(this WebApplication app) => ProofExport.Map(app);
}
