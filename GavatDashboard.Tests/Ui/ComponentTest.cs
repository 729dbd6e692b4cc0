using System.Globalization;
using Bunit;
using Bunit.TestDoubles;
using GavatDashboard.Features.Security;
using GavatDashboard.Shared.Live;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MudBlazor.Services;

namespace GavatDashboard.Tests.Ui;

/// <summary>
/// Renders components as an admin sees them, in English, under a clock that stands still. JavaScript calls that a test did not
/// foresee fail, but for MudBlazor's own.
/// </summary>
public abstract class ComponentTest : IAsyncLifetime
{
    /// <summary>The instant at which the clock stands.</summary>
    protected static readonly DateTimeOffset Now = new(2026, 5, 29, 10, 15, 30, TimeSpan.Zero);

    private readonly CultureInfo _culture = CultureInfo.CurrentCulture;
    private readonly CultureInfo _uiCulture = CultureInfo.CurrentUICulture;

    /// <summary>Prepares the context.</summary>
    protected ComponentTest()
    {
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("en-GB");
        // Ample for a crowded machine; whatever comes earlier ends the wait.
        BunitContext.DefaultWaitTimeout = TimeSpan.FromSeconds(20);
        Context.JSInterop.Mode = JSRuntimeMode.Strict;
        Context.JSInterop.SetupVoid(call => call.Identifier.StartsWith("mud", StringComparison.Ordinal)).SetVoidResult();
        Context.Services.AddMudServices();
        Context.Services.AddLocalization();
        Context.Services.AddLogging();
        Context.Services.AddSingleton<TimeProvider>(Time);
        Context.Services.AddScoped<BrowserPage>();
        Authorization = Context.AddAuthorization();
        SignInAs(ConsoleRoles.Admin);
    }

    /// <summary>The components' context.</summary>
    protected BunitContext Context { get; } = new();

    /// <summary>The clock.</summary>
    protected FakeTimeProvider Time { get; } = new(Now);

    /// <summary>Who looks.</summary>
    protected BunitAuthorizationContext Authorization { get; }

    /// <summary>Signs somebody in with a role and the policies that it opens.</summary>
    protected void SignInAs(string role)
    {
        Authorization.SetAuthorized("someone");
        Authorization.SetRoles(role);
        Authorization.SetPolicies(role switch
        {
            ConsoleRoles.Admin => [Policies.Viewer, Policies.Operator, Policies.Support, Policies.Admin],
            ConsoleRoles.Support => [Policies.Viewer, Policies.Support],
            _ => [Policies.Viewer, Policies.Operator],
        });
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Context.DisposeAsync();
        (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (_culture, _uiCulture);
    }
}
