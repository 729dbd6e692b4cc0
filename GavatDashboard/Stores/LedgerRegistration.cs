using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Failover;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Postgres;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Stores.Sqlite;
using GavatDashboard.Stores.Sqlite.Console;
using Microsoft.Extensions.Options;
using Npgsql;

namespace GavatDashboard.Stores;

/// <summary>Registers the SQL stores of the ledger.</summary>
public static class LedgerRegistration
{
    /// <summary>The primary ledger, the fallback, their migrations and the outbox.</summary>
    public static void AddLedgerStores(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<StoreOptions>().BindConfiguration(StoreOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<StoreConnections>().BindConfiguration("ConnectionStrings").ValidateOnStart();
        services.AddSingleton<IValidateOptions<StoreConnections>, StoreConnectionsValidation>();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new FallbackDatabase(new SqliteDatabase(FallbackPath(provider), provider.GetRequiredService<IOptions<StoreOptions>>().Value.SqliteMaxPages)));
        if (string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString("PostgreSql")))
        {
            services.AddSingleton(provider => new PrimaryStandIn(new SqliteDatabase(Path.Combine(DataFolder(provider), "primary.db"))));
            services.AddSingleton<IPrimaryStore, EmbeddedPrimary>();
            services.AddSingleton<IPrimaryControl, StandInControl>();
            services.AddSingleton<IPrimaryOutage, StandInOutage>();
            services.AddSingleton<IInstanceRegistry, LoneInstance>();
        }
        else
        {
            services.AddSingleton(provider => PostgresSource.Create(
                provider.GetRequiredService<IOptions<StoreConnections>>().Value.PostgreSql!, provider.GetRequiredService<ILoggerFactory>()));
            services.AddSingleton<IPrimaryStore, PostgresPrimary>();
            services.AddSingleton<IPrimaryOutage, NoOutage>();
            services.AddSingleton<IInstanceRegistry>(provider => new PostgresInstances(
                provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<IOptions<StoreConnections>>().Value.PostgreSql!));
            services.AddSingleton<IPrimaryControl>(provider => new PostgresControl(
                provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<IOptions<StoreConnections>>().Value.PostgreSql!, provider.GetRequiredService<TimeProvider>()));
        }

        services.AddSingleton(provider => new LedgerStores(
            provider.GetRequiredService<IPrimaryStore>().Ledger,
            new SqliteLedger(provider.GetRequiredService<FallbackDatabase>().Database, provider.GetRequiredService<TimeProvider>(), ReplayLog.Keep)));
        services.AddSingleton<ILedgerStores>(provider => provider.GetRequiredService<LedgerStores>());
        services.AddSingleton<IOutbox, MirroredOutbox>();
        services.AddSingleton<ICacheGeneration, LedgerCacheGeneration>();
        services.AddSingleton<LedgerMigrator>();
        services.AddHostedService(provider => provider.GetRequiredService<LedgerMigrator>());
        services.AddMirror();
    }

    private static void AddMirror(this IServiceCollection services)
    {
        services.AddSingleton<MirrorJournal>();
        services.AddSingleton<MirrorPromotion>();
        services.AddSingleton<ReplayLog>();
        services.AddSingleton<SqliteFailoverStore>();
        services.AddSingleton<FallbackControl>();
        services.AddSingleton(provider => new PromotableMarker(provider.GetRequiredService<FallbackDatabase>().Database.Path));
        services.AddSingleton<MirrorStanding>();
        services.AddSingleton<MirrorTables>();
        services.AddSingleton<LedgerMirror>();
        services.AddSingleton<MirrorTakeover>();
        services.AddSingleton(provider => new MirrorCopy(
            provider.GetRequiredService<LedgerStores>().PrimaryStorage, provider.GetRequiredService<FallbackDatabase>(), provider.GetRequiredService<MirrorJournal>()));
        services.AddSingleton<MirrorResync>();
        services.AddHostedService<MirrorResyncWorker>();
        services.AddHostedService<MirrorApplier>();
    }

    private static string DataFolder(IServiceProvider provider) => provider.GetRequiredService<IOptions<DataOptions>>().Value.FullPath;

    private static string FallbackPath(IServiceProvider provider) =>
        provider.GetRequiredService<IOptions<StoreConnections>>().Value.Sqlite is { Length: > 0 } configured
            ? configured
            : Path.Combine(DataFolder(provider), "gavatcore_v2.db");
}

/// <summary>The file of the emergency fallback.</summary>
internal sealed record FallbackDatabase(SqliteDatabase Database) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Database.DisposeAsync();
}

/// <summary>The file that stands in PostgreSQL's place in embedded mode.</summary>
internal sealed record PrimaryStandIn(SqliteDatabase Database) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Database.DisposeAsync();
}

/// <summary>The primary ledger with its schema.</summary>
internal interface IPrimaryStore
{
    ILedgerStorage Ledger { get; }

    Task MigrateAsync(CancellationToken cancellationToken);
}

/// <summary>PostgreSQL as the primary.</summary>
internal sealed class PostgresPrimary(
    NpgsqlDataSource source, IOptions<StoreConnections> connections, TimeProvider time, ILogger<PostgresPrimary> logger) : IPrimaryStore, IAsyncDisposable
{
    private readonly PostgresLedger _ledger = new(source, time);

    public ILedgerStorage Ledger => _ledger;

    public ValueTask DisposeAsync() => _ledger.DisposeAsync();

    public Task MigrateAsync(CancellationToken cancellationToken) =>
        PostgresMigrations.RunAsync(connections.Value.PostgreSql!, logger, cancellationToken);
}

/// <summary>A SQLite file in PostgreSQL's place.</summary>
internal sealed class EmbeddedPrimary(PrimaryStandIn standIn, TimeProvider time, ILogger<EmbeddedPrimary> logger) : IPrimaryStore
{
    public ILedgerStorage Ledger { get; } = new SqliteLedger(standIn.Database, time);

    public Task MigrateAsync(CancellationToken cancellationToken) =>
        Task.Run(() => SqliteMigrations.Run(standIn.Database, logger), cancellationToken);
}
