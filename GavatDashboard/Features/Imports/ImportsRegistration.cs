using GavatDashboard.Stores.Sqlite.Console;
using GavatDashboard.Stores.Sqlite.Imports;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Imports;

/// <summary>The import of history.</summary>
internal static class ImportsRegistration
{
    /// <summary>Registers the import and its worker.</summary>
    public static void AddImports(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<ImportsOptions>().Bind(builder.Configuration.GetSection(ImportsOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddConsoleStore(builder.Configuration);
        builder.Services.AddSingleton<IImportLog, SqliteImportLog>();
        builder.Services.AddSingleton(provider => new ImportSpool(
            Path.Combine(Path.GetFullPath(provider.GetRequiredService<IOptions<DataOptions>>().Value.Directory), "imports")));
        builder.Services.AddSingleton<HistoryImporter>();
        builder.Services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ImportService>(provider));
        builder.Services.AddHostedService<ImportRunner>();
    }

    /// <summary>Maps the endpoints.</summary>
    public static void MapImports(this IEndpointRouteBuilder app) => ImportEndpoints.Map(app);
}
