using GavatDashboard.Features.Security;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Serilog;
using Serilog.Formatting.Compact;

namespace GavatDashboard.Features.Telemetry;

/// <summary>Registers logs, metrics and traces.</summary>
public static class TelemetryRegistration
{
    /// <summary>Our own meters and activity sources; each feature names its own below this.</summary>
    public const string OwnSources = "GavatDashboard.*";

    private const string OtlpEndpointKey = "OTEL_EXPORTER_OTLP_ENDPOINT";

    // Names, not types: drivers are used in Stores alone. They are the sources' documented names.
    private const string NpgsqlSource = "Npgsql";

    /// <summary>Structured logs (section <c>Serilog</c>), metrics and traces; they leave the process only where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says where to.</summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        builder.Services.AddSerilog(
            (services, logger) => Configure(logger, configuration).ReadFrom.Services(services),
            // The static logger would be shared by every host in the process.
            preserveStaticLogger: true);
        var isExported = !string.IsNullOrWhiteSpace(configuration[OtlpEndpointKey]);
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("GavatDashboard", serviceVersion: typeof(TelemetryRegistration).Assembly.GetName().Version?.ToString(3)))
            .WithMetrics(metrics =>
            {
                metrics
                    .AddMeter(OwnSources, NpgsqlSource)
                    .AddAspNetCoreInstrumentation()
                    .AddRuntimeInstrumentation()
                    .AddPrometheusExporter();
                if (isExported)
                {
                    metrics.AddOtlpExporter();
                }
            });
        if (isExported)
        {
            // A trace that nobody takes would be made for every request and every statement all the same.
            telemetry.WithTracing(traces => traces
                .AddSource(OwnSources, NpgsqlSource)
                .AddAspNetCoreInstrumentation(options => options.Filter = http => !IsWatching(http.Request.Path))
                .AddOtlpExporter());
        }
    }

    /// <summary>Maps <c>/metrics</c> as Prometheus text, for those who may read health.</summary>
    public static void MapTelemetry(this WebApplication app) =>
        app.MapPrometheusScrapingEndpoint("/metrics").RequireAuthorization(Policies.Health);

    private static LoggerConfiguration Configure(LoggerConfiguration logger, IConfiguration configuration)
    {
        logger.ReadFrom.Configuration(configuration).Enrich.With<ControlCharacterEscaper>();
        if (!configuration.GetSection("Serilog:WriteTo").Exists())
        {
            // An environment without settings of its own must not be silent.
            logger.WriteTo.Console(new RenderedCompactJsonFormatter());
        }

        return logger;
    }

    /// <summary>Whether a request only watches the application. Such ones come every few seconds and would hide the others.</summary>
    internal static bool IsWatching(PathString path) => path.StartsWithSegments("/health") || path.StartsWithSegments("/metrics");
}
