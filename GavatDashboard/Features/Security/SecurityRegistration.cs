using System.Net;
using GavatDashboard.Features.Accounts;
using GavatDashboard.Stores.Sqlite.Console;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Security;

/// <summary>Who may come in, how it is recognised, and what browsers are told.</summary>
public static class SecurityRegistration
{
    private const string ByRequestScheme = "KeyOrCookie";

    /// <summary>Registers authentication (cookie and API key), the policies of <see cref="Policies"/>, rate limits and the key ring.</summary>
    public static WebApplicationBuilder AddSecurity(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        var services = builder.Services;
        services.AddConsoleStore(builder.Configuration);
        services.AddOptions<SecurityOptions>().Bind(builder.Configuration.GetSection(SecurityOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<ApiKeyService>();
        services.AddScoped<IAdminGate, AdminGate>();
        AddAuthentication(services);
        AddPolicies(services);
        services.AddDataProtection().SetApplicationName("GavatDashboard");
        services.AddOptions<KeyManagementOptions>().Configure<SqliteKeyRing>((options, ring) => options.XmlRepository = ring);
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "gavat-antiforgery";
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<SecurityOptions>>((limiter, options) => RateLimits.Configure(limiter, options.Value));
        services.AddHsts(options => options.MaxAge = TimeSpan.FromDays(180));
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<SecurityOptions>>((forwarded, options) =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            foreach (var proxy in options.Value.TrustedProxies)
            {
                forwarded.KnownProxies.Add(IPAddress.Parse(proxy));
            }
        });
        return builder;
    }

    /// <summary>Adds the middleware, in the order in which it has to stand. Call it before anything is mapped.</summary>
    public static WebApplication UseSecurity(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        if (app.Services.GetRequiredService<IOptions<SecurityOptions>>().Value.TrustedProxies.Count > 0)
        {
            app.UseForwardedHeaders();
        }

        app.UseMiddleware<SecurityHeaders>();
        if (!app.Environment.IsDevelopment())
        {
            app.UseHsts();
        }

        app.UseAuthentication();

        // After authentication, so that a known caller has its own allowance wherever it calls from.
        app.UseRateLimiter();
        app.UseAuthorization();
        app.UseMiddleware<CrossSiteGuard>();
        app.UseAntiforgery();
        return app;
    }

    private static void AddAuthentication(IServiceCollection services)
    {
        services
            .AddAuthentication(ByRequestScheme)
            .AddPolicyScheme(ByRequestScheme, null, options => options.ForwardDefaultSelector = http =>
                ApiKeyAuthenticationHandler.HasKey(http.Request) ? ApiKeyAuthenticationHandler.SchemeName : IdentityConstants.ApplicationScheme)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthenticationHandler>(ApiKeyAuthenticationHandler.SchemeName, null)
            .AddCookie(IdentityConstants.ApplicationScheme, ConfigureCookie);
    }

    private static void ConfigureCookie(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = "gavat-console";
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.ExpireTimeSpan = SessionClaims.Lifetime;
        options.SlidingExpiration = true;
        options.LoginPath = "/login";
        options.LogoutPath = "/logout";
        options.AccessDeniedPath = "/access-denied";
        options.ReturnUrlParameter = "returnUrl";
        options.Events.OnValidatePrincipal = SessionCheck.ValidateAsync;
        options.Events.OnRedirectToLogin = context => RedirectOr(context, http => ProblemResponses.WriteUnauthorizedAsync(http));
        options.Events.OnRedirectToAccessDenied = context => RedirectOr(context, ProblemResponses.WriteForbiddenAsync);
    }

    private static Task RedirectOr(RedirectContext<CookieAuthenticationOptions> context, Func<HttpContext, Task> refuse)
    {
        if (ProblemResponses.IsForProgram(context.HttpContext))
        {
            return refuse(context.HttpContext);
        }

        context.Response.Redirect(context.RedirectUri);
        return Task.CompletedTask;
    }

    private static void AddPolicies(IServiceCollection services)
    {
        services.AddSingleton<IAuthorizationHandler, ScopeAuthorizationHandler>();
        var authorization = services.AddAuthorizationBuilder()
            .AddPolicy(Policies.Viewer, policy => policy.RequireRole(ConsoleRoles.All))
            .AddPolicy(Policies.Operator, policy => policy.RequireRole(ConsoleRoles.Operator, ConsoleRoles.Admin))
            .AddPolicy(Policies.Support, policy => policy.RequireRole(ConsoleRoles.Support, ConsoleRoles.Admin))
            .AddPolicy(Policies.Admin, policy => policy.RequireRole(ConsoleRoles.Admin))
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(IsViewerOrLost).Build());
        foreach (var scope in ApiScopes.Known)
        {
            authorization.AddPolicy(Policies.ScopePrefix + scope, policy => policy.RequireAuthenticatedUser().AddRequirements(new ScopeRequirement(scope)));
        }
    }

    /// <summary>Unmarked endpoints are for people with a role. Where there is no endpoint of ours (404, 405, 415), whoever is known may hear that.</summary>
    private static bool IsViewerOrLost(AuthorizationHandlerContext context) =>
        ConsoleRoles.All.Any(context.User.IsInRole)
        || (context.User.Identity?.IsAuthenticated == true && context.Resource is HttpContext http && http.GetEndpoint() is not RouteEndpoint);
}
