using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Failover;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Features.Failover;
using GavatDashboard.Tests.Servers;

namespace GavatDashboard.Tests.Features.Instances;

/// <summary>The whole application on a PostgreSQL and a Redis that another one shares.</summary>
public sealed class InstanceApp(string postgres, string redis, IReadOnlyDictionary<string, string>? changes = null) : FailoverApp
{
    /// <summary>Its name among the instances.</summary>
    public string Name => Coordinator.Current.Instance;

    internal ApiCaller Api => new(CreateClient());

    protected override async Task ChangeSettingsAsync(IDictionary<string, string> settings)
    {
        await base.ChangeSettingsAsync(settings);
        settings["Stores:Mode"] = "external";
        settings["ConnectionStrings:PostgreSql"] = postgres;
        settings["ConnectionStrings:Redis"] = redis;
        settings["Failover:HoldSeconds"] = "4";
        settings["Instance:BeatSeconds"] = "0.1";
        settings["Instance:SilentAfterSeconds"] = "2";
        foreach (var (key, value) in changes ?? new Dictionary<string, string>())
        {
            settings[key] = value;
        }
    }
}

/// <summary>Two instances of the application on one PostgreSQL and one Redis, which a test may kill or freeze.</summary>
public sealed class TwoInstances : IAsyncDisposable
{
    private TwoInstances(PostgresServer postgres, RedisServer redis, string database)
    {
        (Postgres, Redis, Database) = (postgres, redis, database);
        (First, Second) = (Create(null), Create(null));
    }

    public PostgresServer Postgres { get; }

    public RedisServer Redis { get; }

    /// <summary>The connection string of the database that the instances share.</summary>
    public string Database { get; }

    /// <summary>The one that was there first, and owns the ledger.</summary>
    public InstanceApp First { get; }

    /// <summary>The one that came later, and follows.</summary>
    public InstanceApp Second { get; }

    /// <summary>Starts the servers and both instances, and waits until one owns the ledger and the other one hears it.</summary>
    public static async Task<TwoInstances> StartAsync()
    {
        var both = await StartServersAsync();
        try
        {
            await both.First.InitializeAsync();
            await both.First.UntilReadyAsync();
            await both.Second.InitializeAsync();
            await both.UntilFollowsAsync(both.Second);
            return both;
        }
        catch
        {
            await both.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the servers alone.</summary>
    public static async Task<TwoInstances> StartServersAsync()
    {
        var postgres = await PostgresServer.StartAsync();
        return new TwoInstances(postgres, await RedisServer.StartAsync(), (await postgres.CreateDatabaseAsync()).ConnectionString);
    }

    /// <summary>An instance that is not started; whoever makes it disposes it.</summary>
    public InstanceApp Create(IReadOnlyDictionary<string, string>? changes) =>
        new(Database, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"127.0.0.1:{Redis.Port}"), changes);

    /// <summary>Starts another instance, which follows; whoever starts it disposes it.</summary>
    public async Task<InstanceApp> StartAnotherAsync(IReadOnlyDictionary<string, string>? changes = null)
    {
        var app = Create(changes);
        await app.InitializeAsync();
        await UntilFollowsAsync(app);
        return app;
    }

    /// <summary>Waits until an instance follows an owner that it hears.</summary>
    public async Task UntilFollowsAsync(InstanceApp app)
    {
        await app.UntilAsync(FailoverState.Following);
        await FailoverApp.UntilAsync(
            () => app.Coordinator.Current is { Writes: FailoverWrites.Forwarded, OwnerHeardAt: { } heard } && DateTimeOffset.UtcNow - heard < TimeSpan.FromSeconds(1)
                && app.Stores.MayBeBehind == false,
            () => $"the owner is heard: {app.Coordinator.Current}");
    }

    public async ValueTask DisposeAsync()
    {
        await Second.DisposeAsync();
        await First.DisposeAsync();
        await Redis.DisposeAsync();
        await Postgres.DisposeAsync();
    }
}
