using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Diagnostics;
using MudBlazor;
using MudBlazor.Services;

namespace GavatDashboard.Shared;

/// <summary>The pages: components, circuits, languages, static files.</summary>
public static class InterfaceRegistration
{
    /// <summary>Registers what pages need.</summary>
    public static WebApplicationBuilder AddInterface(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.Configure<CircuitOptions>(options =>
        {
            // A closed tab's circuit costs about a megabyte: keep a few for people who come back soon.
            options.DisconnectedCircuitMaxRetained = 50;
            options.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(2);
        });
        services.AddMudServices(options =>
        {
            // The default of half a second keeps a timer busy in every circuit.
            options.PopoverOptions.QueueDelay = TimeSpan.FromSeconds(5);
            options.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomRight;
            options.SnackbarConfiguration.PreventDuplicates = true;
            options.SnackbarConfiguration.VisibleStateDuration = 6_000;
        });
        services.AddLocalization();
        services.Configure<RequestLocalizationOptions>(Cultures.Configure);
        services.AddScoped<BrowserPage>();
        return builder;
    }

    /// <summary>Chooses the language, and answers unknown addresses with a page. Call it before authentication, which has to look at that page too.</summary>
    public static WebApplication UseInterface(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseRequestLocalization();

        // On the application itself: a branch has a routing of its own, which does not know the pages.
        app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
        app.Use((context, next) =>
        {
            if ((context.Request.Method != HttpMethods.Get || IsForPrograms(context.Request.Path)) && context.Features.Get<IStatusCodePagesFeature>() is { } pages)
            {
                pages.Enabled = false;
            }

            return next(context);
        });
        return app;
    }

    /// <summary>Maps static files and pages.</summary>
    public static WebApplication MapInterface(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapStaticAssets().AllowAnonymous();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
        return app;
    }

    private static bool IsForPrograms(PathString path) =>
        path.StartsWithSegments("/api") || path.StartsWithSegments("/health") || path.StartsWithSegments("/metrics") || path.StartsWithSegments("/openapi")
        || path.StartsWithSegments("/_blazor") || path.StartsWithSegments("/_framework") || Path.HasExtension(path.Value);
}
