namespace GavatDashboard.Features.Security;

/// <summary>Headers that tell the browser what this application never does.</summary>
internal sealed class SecurityHeaders(RequestDelegate next, IHostEnvironment environment)
{
    public Task InvokeAsync(HttpContext http)
    {
        // Set at the last moment: the framework writes a weaker policy of its own for interactive pages.
        http.Response.OnStarting(() =>
        {
            Write(http);
            return Task.CompletedTask;
        });
        return next(http);
    }

    private void Write(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy(http);
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }

    private string Policy(HttpContext http)
    {
        // MudBlazor and the charts set style attributes. The API reference page starts itself with an inline script.
        var script = http.Request.Path.StartsWithSegments("/docs") ? "'self' 'unsafe-inline'" : "'self'";

        // The circuit's web socket; "dotnet watch" connects to a port of its own.
        var host = http.Request.Host.Value;
        var connect = environment.IsDevelopment() ? "'self' ws: wss: http://localhost:*" : $"'self' ws://{host} wss://{host}";
        return $"default-src 'self'; script-src {script}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
            + $"connect-src {connect}; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";
    }
}
