using GavatDashboard.Features.Accounts;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Security;

if (args is [ApiKeyCommand.Verb, ..])
{
    return await ApiKeyCommand.RunAsync(args, CancellationToken.None);
}

var builder = WebApplication.CreateBuilder(args);
builder.AddSecurity();
builder.AddAccounts();
builder.AddAudit();

var app = builder.Build();
app.UseSecurity();
app.MapAccounts();
app.MapAudit();
await app.RunAsync();
return 0;

/// <summary>The host's entry point, visible to the tests that start it.</summary>
public partial class Program;
