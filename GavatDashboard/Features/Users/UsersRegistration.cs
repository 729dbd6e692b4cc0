namespace GavatDashboard.Features.Users;

/// <summary>Registers the pages about users.</summary>
public static class UsersRegistration
{
    /// <summary>Adjustments by admins.</summary>
    public static void AddUsers(this WebApplicationBuilder builder) => builder.Services.AddScoped<AdjustmentService>();

    /// <summary>The export of a user's entries.</summary>
    public static void MapUsersPages(this WebApplication app) => EntriesExport.Map(app);
}
