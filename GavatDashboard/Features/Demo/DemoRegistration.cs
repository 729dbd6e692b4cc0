namespace GavatDashboard.Features.Demo;

/// <summary>Registers the demo community.</summary>
public static class DemoRegistration
{
    /// <summary>The demo's traffic; it stays silent unless <c>Demo:Enabled</c> is set.</summary>
    public static void AddDemo(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<DemoOptions>().BindConfiguration(DemoOptions.Section);
        builder.Services.AddSingleton<DemoStatus>();
        builder.Services.AddSingleton<IDemoStatus>(provider => provider.GetRequiredService<DemoStatus>());
        builder.Services.AddSingleton<DemoPast>();
        builder.Services.AddHostedService<DemoTraffic>();
    }
}
