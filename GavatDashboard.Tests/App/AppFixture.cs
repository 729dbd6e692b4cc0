using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using GavatDashboard.Features.Accounts;
using GavatDashboard.Features.Security;
using GavatDashboard.Tests.Servers;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GavatDashboard.Tests.App;

/// <summary>
/// The whole application on a real port, on a temporary folder, in embedded mode, without demo traffic. One instance serves a
/// class (<c>IClassFixture</c>) or a collection; derive from it to change settings or services.
/// </summary>
public partial class AppFixture : IAsyncLifetime, IAsyncDisposable
{
    /// <summary>A key with every scope.</summary>
    public const string ApiKey = "tests-Q7d1uXkPz0mVw93sRbNf";

    /// <summary>The first admin.</summary>
    public const string AdminUser = "admin";

    /// <summary>The first admin's password.</summary>
    public const string AdminPassword = "tests-Correct7-horse!";

    private readonly string folder = Path.Combine(Path.GetTempPath(), $"gavat-app-{Guid.NewGuid():N}");
    private AppFactory? factory;
    private IReadOnlyDictionary<string, string>? lastSettings;

    /// <summary>Where the application listens, on the loopback interface.</summary>
    public Uri Address => Started.ClientOptions.BaseAddress;

    /// <summary>The running application's services.</summary>
    public IServiceProvider Services => Started.Services;

    /// <summary>The application's data folder.</summary>
    public string DataDirectory => folder;

    private AppFactory Started => factory ?? throw new InvalidOperationException("The application has not been started.");

    /// <summary>A client that sends a key; null sends none.</summary>
    public HttpClient CreateClient(string? apiKey = ApiKey)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 })
        {
            BaseAddress = Address,
            Timeout = TimeSpan.FromSeconds(60),
        };
        if (apiKey is not null)
        {
            client.DefaultRequestHeaders.Add("X-Api-Key", apiKey);
        }

        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        return client;
    }

    /// <summary>A client with the cookie of somebody who has signed in through the page.</summary>
    public async Task<HttpClient> SignInAsync(string userName = AdminUser, string password = AdminPassword)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Address };
        var page = await client.GetStringAsync(new Uri("/login", UriKind.Relative));
        var token = AntiforgeryToken().Match(page).Groups[1].Value;
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["__RequestVerificationToken"] = token, ["userName"] = userName, ["password"] = password, ["returnUrl"] = "/",
        });
        using var answer = await client.PostAsync(new Uri("/login", UriKind.Relative), form);
        Assert.Equal(System.Net.HttpStatusCode.Found, answer.StatusCode);
        return client;
    }

    /// <summary>Makes a key that holds only these scopes.</summary>
    public async Task<string> CreateKeyAsync(params string[] scopes)
    {
        var keys = Services.GetRequiredService<ApiKeyService>();
        return (await keys.CreateAsync($"key-{Guid.NewGuid():N}", scopes, expiresAt: null, "tests", CancellationToken.None)).Secret;
    }

    /// <summary>Makes a console user who need not change the password first; one that exists stays as it is.</summary>
    public async Task AddUserAsync(string name, string role, string password)
    {
        await using var scope = Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<ConsoleUser>>();
        if (await users.FindByNameAsync(name) is not null)
        {
            return;
        }

        var made = await scope.ServiceProvider.GetRequiredService<AccountService>().CreateAsync(name, [role], password, "tests", CancellationToken.None);
        Assert.Null(made.Problem);
        var user = await users.FindByNameAsync(name) ?? throw new InvalidOperationException("The user was not made.");
        user.MustChangePassword = false;
        Assert.True((await users.UpdateAsync(user)).Succeeded);
    }

    public async Task InitializeAsync()
    {
        var settings = new Dictionary<string, string>
        {
            ["Stores:Mode"] = "embedded",
            ["Data:Directory"] = folder,
            ["Demo:Enabled"] = "false",
            ["Bootstrap:ApiKey"] = ApiKey,
            ["Bootstrap:AdminUser"] = AdminUser,
            ["Bootstrap:AdminPassword"] = AdminPassword,
            ["Security:AnonymousApiRequestsPerSecond"] = "100000",
            ["Security:LoginAttemptsPerMinute"] = "10000",
            ["Serilog:MinimumLevel:Default"] = "Warning",

            // A machine that is busy with other tests is no outage.
            ["Failover:ProbeTimeoutSeconds"] = "20",

            // What the environment of a developer's machine names must not be touched by tests.
            ["ConnectionStrings:PostgreSql"] = string.Empty,
            ["ConnectionStrings:Redis"] = string.Empty,
            ["ConnectionStrings:MongoDb"] = string.Empty,
            ["ConnectionStrings:Sqlite"] = string.Empty,
        };
        await ChangeSettingsAsync(settings);
        Directory.CreateDirectory(folder);
        Start(settings);
    }

    /// <summary>Stops the application and starts it anew on the same data, on another port.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        StartAgain();
    }

    /// <summary>Stops the application in order; its data stays.</summary>
    public async Task StopAsync()
    {
        lastSettings = Started.Settings;
        await Started.DisposeAsync();
        factory = null;
    }

    /// <summary>Starts the application that was stopped, on the same data.</summary>
    public void StartAgain() => Start(lastSettings ?? throw new InvalidOperationException("The application was not stopped."));

    public virtual async Task DisposeAsync()
    {
        if (factory is not null)
        {
            await factory.DisposeAsync();
        }

        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Changes the settings before the application starts.</summary>
    protected virtual Task ChangeSettingsAsync(IDictionary<string, string> settings) => Task.CompletedTask;

    /// <summary>Replaces services before the application starts.</summary>
    protected virtual void ChangeServices(IServiceCollection services)
    {
    }

    private void Start(IReadOnlyDictionary<string, string> settings)
    {
        factory = new AppFactory(settings, ChangeServices);
        factory.UseKestrel(0);
        factory.StartServer();
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\"[^>]* value=\"([^\"]+)\"")]
    private static partial Regex AntiforgeryToken();

    private sealed class AppFactory(IReadOnlyDictionary<string, string> settings, Action<IServiceCollection> changeServices)
        : WebApplicationFactory<Program>
    {
        public IReadOnlyDictionary<string, string> Settings => settings;

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseEnvironment("Development");
            foreach (var (key, value) in settings)
            {
                builder.UseSetting(key, value);
            }

            builder.ConfigureLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
            builder.ConfigureTestServices(changeServices);
        }
    }
}

/// <summary>The application with PostgreSQL as the primary ledger.</summary>
public sealed class PostgresAppFixture : AppFixture
{
    private PostgresDatabase? database;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        if (database is not null)
        {
            await database.DisposeAsync();
        }
    }

    protected override async Task ChangeSettingsAsync(IDictionary<string, string> settings)
    {
        database = await TestServers.CreatePostgresDatabaseAsync();
        settings["Stores:Mode"] = "external";
        settings["ConnectionStrings:PostgreSql"] = database.ConnectionString;
    }
}
