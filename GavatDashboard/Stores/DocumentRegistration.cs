using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using GavatDashboard.Stores.Embedded;
using GavatDashboard.Stores.Mongo;
using GavatDashboard.Stores.Sqlite.Console;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Stores;

/// <summary>Registers the document store.</summary>
public static class DocumentRegistration
{
    /// <summary>The documents in the MongoDB that the connection string names, or in a file in the data folder where there is none.</summary>
    public static void AddDocuments(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        if (builder.Configuration.GetConnectionString("MongoDb") is { } address && !string.IsNullOrWhiteSpace(address))
        {
            services.AddSingleton(provider => new MongoConnection(address, provider.GetRequiredService<IOptions<StoreOptions>>().Value.MongoDevelopmentServer));
            services.AddSingleton<IDocumentStore, MongoDocumentStore>();
            services.AddHealthChecks().AddMongoDb(
                provider => provider.GetRequiredService<MongoConnection>().Database,
                name: ConnectionChecks.NameOf(ComponentIds.MongoDb),
                tags: ConnectionChecks.TagsOf(ComponentIds.MongoDb));
        }
        else
        {
            services.AddSingleton(provider => new LiteDocumentDatabase(
                Path.Combine(provider.GetRequiredService<IOptions<DataOptions>>().Value.FullPath, "documents.db"),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<LiteDocumentDatabase>>()));
            services.AddSingleton<IDocumentStore, LiteDocumentStore>();
        }

        services.AddSingleton<IBalanceCopy>(provider => provider.GetRequiredService<IDocumentStore>());
        services.AddSingleton<IStoreHeartbeat, DocumentHeartbeat>();
    }
}
