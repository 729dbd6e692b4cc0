using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;

namespace GavatDashboard;

/// <summary>The document around every page.</summary>
public sealed partial class App
{
    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    private IComponentRenderMode? Mode => Http.AcceptsInteractiveRouting() ? RenderMode.InteractiveServer : null;

    // The scheme's cookie holds what "system" came to in this browser, so the first paint is right.
    private string Scheme => Http.Request.Cookies["gavat-theme"] is "light" or "dark"
        ? Http.Request.Cookies["gavat-theme"]!
        : Http.Request.Cookies["gavat-scheme"] is "dark" ? "dark" : "light";
}
