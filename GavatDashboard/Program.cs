using GavatDashboard.Features.Accounts;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Features.Api;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Coins;
using GavatDashboard.Features.Demo;
using GavatDashboard.Features.Economy;
using GavatDashboard.Features.Failover;
using GavatDashboard.Features.Health;
using GavatDashboard.Features.Imports;
using GavatDashboard.Features.Incidents;
using GavatDashboard.Features.Instances;
using GavatDashboard.Features.Projection;
using GavatDashboard.Features.Reconciliation;
using GavatDashboard.Features.Security;
using GavatDashboard.Features.Upkeep;
using GavatDashboard.Features.Users;
using GavatDashboard.Features.Webhooks;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Redis;
using GavatDashboard.Features.Telemetry;
using GavatDashboard.Shared;

if (args is [ApiKeyCommand.Verb, ..])
{
    return await ApiKeyCommand.RunAsync(args, CancellationToken.None);
}

if (args is [VerifyCommand.Verb, ..])
{
    return await VerifyCommand.RunAsync(args, CancellationToken.None);
}

if (args is [BackupCommand.BackupVerb or BackupCommand.RestoreVerb, ..])
{
    return await BackupCommand.RunAsync(args, CancellationToken.None);
}

var builder = WebApplication.CreateBuilder(args);
builder.AddTelemetry();
builder.AddInterface();
builder.AddSecurity();
builder.AddAccounts();
builder.AddAudit();
builder.AddCoins();
builder.AddRedis();
builder.AddDocuments();
builder.AddProjection();
builder.AddApi();
builder.AddFailover();
builder.AddFailoverPages();
builder.AddInstances();
builder.AddAnalysis();
builder.AddEconomy();
builder.AddDemo();
builder.AddHealth();
builder.AddIncidents();
builder.AddWebhooks();
builder.AddImports();
builder.AddUsers();
builder.AddReconciliation();

var app = builder.Build();
app.UseApi();
app.UseInterface();
app.UseSecurity();
app.MapInterface();
app.MapAccounts();
app.MapAudit();
app.MapApi();
app.MapHealth();
app.MapTelemetry();
app.MapImports();
app.MapUsersPages();
app.MapFailoverPages();
app.MapIncidents();
app.MapInstances();
if (SettingsCheck.FindErrors(app.Services) is { Count: > 0 } errors)
{
    return SettingsCheck.Report(errors);
}

await app.RunAsync();
return 0;

/// <summary>The host's entry point, visible to the tests that start it.</summary>
public partial class Program;
