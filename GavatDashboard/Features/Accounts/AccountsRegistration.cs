using GavatDashboard.Stores.Sqlite.Console;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Accounts;

/// <summary>Console users: sign-in, sessions, administration, and the first admin.</summary>
public static class AccountsRegistration
{
    /// <summary>Registers Identity over the console store, and what the first start makes. Call it after the Razor components are added.</summary>
    public static WebApplicationBuilder AddAccounts(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddConsoleStore(builder.Configuration);
        services
            .AddIdentityCore<ConsoleUser>(Configure)
            .AddUserManager<ConsoleUserManager>()
            .AddSignInManager<ConsoleSignInManager>()
            .AddClaimsPrincipalFactory<ConsoleClaimsFactory>()
            .AddErrorDescriber<IdentityErrorTexts>();
        services.AddLocalization();
        services.AddScoped<IUserStore<ConsoleUser>>(provider => provider.GetRequiredService<SqliteUserStore>());
        services.Configure<PasswordHasherOptions>(options => options.IterationCount = 210_000);
        services.AddSingleton<DecoyPassword>();
        services.Replace(ServiceDescriptor.Singleton<IPasswordHasher<ConsoleUser>, PasswordHasher<ConsoleUser>>());
        services.AddScoped<SignInService>();
        services.AddScoped<IFreshSignIn, FreshSignIn>();
        services.AddScoped<AccountService>();
        services.AddSingleton<SessionCheck>();

        services.AddRazorComponents();
        services.AddCascadingAuthenticationState();
        services.AddScoped<AuthenticationStateProvider, SessionAuthenticationStateProvider>();

        services.AddOptions<BootstrapOptions>().Bind(builder.Configuration.GetSection(BootstrapOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<BootstrapOptions>, BootstrapOptionsValidator>();
        services.TryAddSingleton<IFirstSignInNotice, ConsoleFirstSignInNotice>();
        services.AddHostedService<BootstrapService>();
        return builder;
    }

    /// <summary>Maps the pages around sign-in.</summary>
    public static WebApplication MapAccounts(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        SignInEndpoints.Map(app);
        return app;
    }

    private static void Configure(IdentityOptions options)
    {
        // Length is what makes a password hard to guess; the lockout and the rate limit do the rest.
        options.Password.RequiredLength = 10;
        options.Password.RequiredUniqueChars = 5;
        options.Password.RequireDigit = false;
        options.Password.RequireLowercase = false;
        options.Password.RequireUppercase = false;
        options.Password.RequireNonAlphanumeric = false;
        options.Lockout.AllowedForNewUsers = true;
        options.Lockout.MaxFailedAccessAttempts = 5;
        options.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(5);
    }
}
