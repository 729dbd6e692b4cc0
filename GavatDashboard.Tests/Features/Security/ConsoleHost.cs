using System.Net;
using GavatDashboard.Features.Accounts;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace GavatDashboard.Tests.Features.Security;

/// <summary>The accounts, audit and security features alone, over a real SQLite file in a folder of its own, with a few endpoints to knock at.</summary>
public sealed class ConsoleHost : IAsyncDisposable
{
    public const string AdminPassword = "correct horse battery";
    public const string ApiKey = "bootstrap-key-0123456789abcdef";

    private readonly bool ownsFolder;

    private ConsoleHost(WebApplication app, string folder, bool ownsFolder, FakeTimeProvider time, RecordedNotice notice)
    {
        App = app;
        Folder = folder;
        this.ownsFolder = ownsFolder;
        Time = time;
        Notice = notice;
    }

    public WebApplication App { get; }

    public string Folder { get; }

    internal RecordedNotice Notice { get; }

    public FakeTimeProvider Time { get; }

    public IServiceProvider Services => App.Services;

    public static async Task<ConsoleHost> StartAsync(params (string Key, string? Value)[] settings) =>
        await StartAsync(Directory.CreateTempSubdirectory("gavat-console-").FullName, ownsFolder: true, settings);

    public static async Task<ConsoleHost> StartAsync(string folder, bool ownsFolder, params (string Key, string? Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production", ApplicationName = typeof(Program).Assembly.GetName().Name });
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Data:Directory"] = Path.Combine(folder, "data"),
            ["Bootstrap:AdminPassword"] = AdminPassword,
            ["Bootstrap:ApiKey"] = ApiKey,
        });
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => setting.Value));
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var notice = new RecordedNotice();
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton<IFirstSignInNotice>(notice);
        builder.AddSecurity();
        builder.AddAccounts();
        builder.AddAudit();

        // The real cost would only make the tests slow.
        builder.Services.Configure<PasswordHasherOptions>(options => options.IterationCount = 1_000);
        var app = builder.Build();
        app.Use((http, next) =>
        {
            http.Connection.RemoteIpAddress = IPAddress.Loopback;
            return next(http);
        });
        app.UseSecurity();
        app.MapAccounts();
        app.MapAudit();
        MapDoors(app);
        await app.StartAsync();
        return new ConsoleHost(app, folder, ownsFolder, time, notice);
    }

    /// <summary>A browser: keeps cookies, does not follow redirects.</summary>
    public Browser NewBrowser() => new(App.GetTestServer().CreateHandler());

    public HttpClient NewClient(string? apiKey = null)
    {
        var client = App.GetTestServer().CreateClient();
        if (apiKey is not null)
        {
            client.DefaultRequestHeaders.Add("X-Api-Key", apiKey);
        }

        return client;
    }

    /// <summary>Runs with the account service of a scope of its own.</summary>
    internal async Task<T> WithAccountsAsync<T>(Func<AccountService, Task<T>> run)
    {
        await using var scope = Services.CreateAsyncScope();
        return await run(scope.ServiceProvider.GetRequiredService<AccountService>());
    }

    internal async Task<ConsoleUser> FindUserAsync(string name) =>
        (await WithAccountsAsync(accounts => accounts.ListAsync(CancellationToken.None))).Single(user => user.UserName == name);

    /// <summary>Makes a user who has chosen a password already.</summary>
    internal async Task<ConsoleUser> AddUserAsync(string name, string password, params string[] roles)
    {
        var made = await WithAccountsAsync(accounts => accounts.CreateAsync(name, roles, password, "user:admin", CancellationToken.None));
        Assert.Null(made.Problem);
        await using var scope = Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<ConsoleUser>>();
        var user = await users.FindByNameAsync(name) ?? throw new InvalidOperationException("not made");
        user.MustChangePassword = false;
        Assert.True((await users.UpdateAsync(user)).Succeeded);
        return user;
    }

    internal async Task<IReadOnlyList<AuditEntry>> ReadAuditAsync() =>
        (await Services.GetRequiredService<IAuditLog>().QueryAsync(new AuditFilter(), 0, 1000, CancellationToken.None)).Entries;

    public async Task RevokeAllKeysAsync()
    {
        var keys = Services.GetRequiredService<ApiKeyService>();
        foreach (var key in await keys.ListAsync(CancellationToken.None))
        {
            await keys.RevokeAsync(key.Id, "user:admin", CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        if (ownsFolder)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private static void MapDoors(WebApplication app)
    {
        app.MapGet("/", () => "home");
        foreach (var policy in (string[])[Policies.Operator, Policies.Support, Policies.Admin, Policies.Viewer])
        {
            app.MapGet($"/page/{policy}", () => "in").RequireAuthorization(policy);
        }

        foreach (var scope in ApiScopes.Known)
        {
            var name = scope.Replace(':', '-');
            app.MapGet($"/api/v1/{name}", (HttpContext http) => AuditActors.Of(http.User)).RequireAuthorization($"scope:{scope}");
            app.MapPost($"/api/v1/{name}", () => "done").RequireAuthorization($"scope:{scope}");
        }

        app.MapGet("/health", () => "detail").RequireAuthorization(Policies.Health);
        app.MapGet("/health/live", () => "live").AllowAnonymous();
    }

    /// <summary>Remembers what would have been printed.</summary>
    internal sealed class RecordedNotice : IFirstSignInNotice
    {
        public List<(string User, string Password)> Shown { get; } = [];

        public void Show(string userName, string password) => Shown.Add((userName, password));
    }
}
