using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Failover;
using GavatDashboard.Features.Upkeep;
using GavatDashboard.Stores;
using GavatDashboard.Tests.Features.Failover;
using GavatDashboard.Tests.Stores;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Upkeep;

/// <summary>The verb verify while the fallback takes the writes: its word counts, and what the primary lacks is no fault.</summary>
public sealed class VerifyOnTheFallbackTests : PostgresFailoverApp, IAsyncLifetime
{
    [Fact]
    public async Task Verify_PrimaryAliveAndTheFallbackLeading_SaysWhatThePrimaryLacks()
    {
        await WriteOnTheFallbackAsync(() => Coordinator.AskAsync(FailoverRequestKind.FailOver, "maintenance"));

        var (code, output, errors) = await RunAsync();

        Assert.Equal((0, string.Empty), (code, errors));
        Assert.Contains("the fallback leads, and its word counts", output, StringComparison.Ordinal);
        Assert.Matches(@"it lacks the last [1-9][0-9,]*, as is to be expected", output);
    }

    [Fact]
    public async Task Verify_PrimaryDeadAndTheFallbackLeading_ChecksWhatIsLeft()
    {
        await WriteOnTheFallbackAsync(() => Server.KillAsync());

        var (code, output, errors) = await RunAsync();

        Assert.Equal((3, string.Empty), (code, errors));
        Assert.Matches(@"ledger +NOT COMPARED", output);
        Assert.Contains("the fallback leads, and its word counts", output, StringComparison.Ordinal);
    }

    private async Task WriteOnTheFallbackAsync(Func<Task> moveAsync)
    {
        await UntilReadyAsync();
        var user = await CreateUserAsync();
        await DoAsync(Operations.Post(user, "earn_purchase", 10));
        await moveAsync();
        await UntilAsync(FailoverState.Fallback);
        await DoAsync(Operations.Post(user, "earn_purchase", 5));
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync()
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        var locations = StoreLocations.From(Services.GetRequiredService<IConfiguration>());
        var code = await new VerifyCommand(locations, Services.GetRequiredService<IAuditLog>().VerifyAsync, output, errors).RunAsync(CancellationToken.None);
        return (code, output.ToString(), errors.ToString());
    }
}
