using GavatDashboard.Features.Audit;
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
            Path.Combine(provider.GetRequiredService<IOptions<DataOptions>>().Value.FullPath, "imports")));
        builder.Services.AddSingleton<HistoryImporter>();
        builder.Services.AddSingleton(provider => new ImportService(
            provider.GetRequiredService<ImportSpool>(), provider.GetRequiredService<IImportLog>(), provider.GetRequiredService<IAuditLog>(),
            provider.GetRequiredService<IOptions<ImportsOptions>>(), provider.GetRequiredService<TimeProvider>()));
        builder.Services.AddHostedService<ImportRunner>();
    }

    /// <summary>Maps the endpoints.</summary>
    public static void MapImports(this IEndpointRouteBuilder app)
    {
        ImportEndpoints.Map(app);
        RejectedLinesExport.Map(app);
    }
}
