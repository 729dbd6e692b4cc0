using System.Net;
using GavatDashboard.Features.Security;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Features.Security;

public sealed class ApiKeyCommandTests : IAsyncLifetime, IDisposable
{
    private readonly StringWriter output = new();
    private readonly StringWriter errors = new();
    private ConsoleHost host = null!;

    public async Task InitializeAsync() => host = await ConsoleHost.StartAsync();

    public async Task DisposeAsync() => await host.DisposeAsync();

    public void Dispose()
    {
        output.Dispose();
        errors.Dispose();
    }

    [Fact]
    public async Task Create_ThenUseListAndRevoke_Works()
    {
        Assert.Equal(0, await RunAsync("apikey", "create", "--scopes", "coins:read,health", "--name", "bot", "--expires", "3"));
        var secret = output.ToString().Trim();
        using var client = host.NewClient(secret);
        Assert.Equal("key:bot", await client.GetStringAsync(new Uri("/api/v1/coins-read", UriKind.Relative)));

        output.GetStringBuilder().Clear();
        Assert.Equal(0, await RunAsync("apikey", "list"));
        var line = output.ToString().Split('\n').Single(text => text.Contains("bot", StringComparison.Ordinal) && !text.Contains("bootstrap", StringComparison.Ordinal));
        Assert.DoesNotContain(secret, output.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("apikey", "revoke", "--id", line.Split(' ')[0]));
        Assert.Equal(1, await RunAsync("apikey", "revoke", "--id", line.Split(' ')[0]));
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(new Uri("/health", UriKind.Relative))).StatusCode);
        Assert.Equal("command-line", (await host.ReadAuditAsync())[0].Actor);
    }

    [Theory]
    [InlineData("apikey", "create")]
    [InlineData("apikey", "create", "--scopes", "nonsense")]
    [InlineData("apikey", "create", "--scopes", "health", "--expires", "0")]
    [InlineData("apikey", "create", "--scopes", "health", "--expires", "soon")]
    [InlineData("apikey", "revoke")]
    [InlineData("apikey", "destroy")]
    public async Task Run_BadArguments_SaysWhatIsExpected(params string[] args)
    {
        Assert.Equal(2, await RunAsync(args));
        Assert.NotEmpty(errors.ToString());
        Assert.DoesNotContain("Parameter", errors.ToString(), StringComparison.Ordinal);
        Assert.Empty(output.ToString());
    }

    [Theory]
    [InlineData("apikey")]
    [InlineData("apikey", "create", "--scopes")]
    [InlineData("apikey", "create", "--colour", "red")]
    [InlineData("apikey", "create", "--name", "a", "--name", "b")]
    public void TryRead_BadForm_IsRefused(params string[] args) => Assert.False(ApiKeyCommand.TryRead(args, out _));

    private Task<int> RunAsync(params string[] args)
    {
        Assert.True(ApiKeyCommand.TryRead(args, out var options));
        return new ApiKeyCommand(host.Services.GetRequiredService<ApiKeyService>(), host.Time, output, errors).RunAsync(args[1], options, CancellationToken.None);
    }
}
