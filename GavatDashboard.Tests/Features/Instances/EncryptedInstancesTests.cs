using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Sqlite;
using GavatDashboard.Tests.Faults.Harness;
using GavatDashboard.Tests.Servers;

namespace GavatDashboard.Tests.Features.Instances;

/// <summary>Two instances in processes of their own, of which the owner listens on http and https; nobody tells the other one its address.</summary>
[Trait("Category", "Fault")]
public sealed class EncryptedInstancesTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TestAuthority authority = new("the instances' own authority");
    private readonly TestAuthority stranger = new("somebody else's authority");
    private readonly string encrypted = string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{LoopbackPort.Free()}");
    private FaultArena arena = null!;
    private AppProcess follower = null!;

    private AppProcess Owner => arena.App;

    public async Task InitializeAsync()
    {
        arena = await FaultArena.StartAsync();
        follower = arena.CreateInstance("follower");
        Owner.Settings["ASPNETCORE_URLS"] = $"{Owner.Address};{encrypted}";
    }

    public async Task DisposeAsync()
    {
        await follower.DisposeAsync();
        await arena.DisposeAsync();
        authority.Dispose();
        stranger.Dispose();
    }

    [Fact]
    public async Task OwnerOnHttps_OfAnAuthorityThatBothTrust_IsHeardWrittenThroughAndTakenOverThere()
    {
        await StartAsync(authority.Sign("127.0.0.1"), authority, authority);
        using var client = follower.CreateClient();

        Assert.Equal(encrypted, await ReadAddressAsync());
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(client, "users", """{"userId":"ayla","username":"Ayla"}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(client, "coins/ayla/earn", """{"type":"earn_purchase","amount":7}""", "encrypted-1")).Status);
        // A follower calls what it reads new only where the owner has just told that it writes to PostgreSQL.
        await UntilAsync(async () => await client.GetFromJsonAsync<JsonElement>(new Uri("/api/v1/coins/ayla/balance", UriKind.Relative)), balance => !IsTrue(balance, "stale") && balance.GetProperty("balance").GetInt64() == 7);

        Assert.Equal(HttpStatusCode.Accepted, await follower.RequestAsync("take-over", "encrypted-2"));
        await follower.WaitUntilStateAsync("primary", Patience);
        await Owner.WaitUntilStateAsync("following", Patience);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(client, "coins/ayla/earn", """{"type":"earn_purchase","amount":1}""", "encrypted-3")).Status);
        await Owner.StopAsync();
        // It was asked and gave it up in order; one that cannot be asked is replaced, and says so.
        await using var file = new SqliteDatabase(arena.FallbackPath);
        Assert.Contains(
            await new SqliteFailoverStore(new FallbackDatabase(file)).ListJournalAsync(20, CancellationToken.None),
            change => change.Reason.StartsWith("The ledger was handed over to '", StringComparison.Ordinal));
    }

    [Fact]
    public async Task OwnerOnHttps_OfAnAuthorityThatTheFollowerDoesNotTrust_IsRefusedWithWhatIsWrongAndWhatToDo()
    {
        await StartAsync(authority.Sign("127.0.0.1"), authority, stranger);
        using var client = follower.CreateClient();
        using var atOwner = Owner.CreateClient();
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(atOwner, "users", """{"userId":"ayla","username":"Ayla"}""")).Status);

        var told = await UntilAsync(async () => await follower.ReadFailoverAsync(), failover => failover?.GetProperty("ownerFault").ValueKind == JsonValueKind.String);
        var write = await SendAsync(client, "coins/ayla/earn", """{"type":"earn_purchase","amount":7}""", "untrusted-1");
        var takeOver = await SendAsync(client, "failover/take-over", """{"reason":"impatience"}""", "untrusted-2");

        var fault = told!.Value.GetProperty("ownerFault").GetString();
        Assert.Contains($"at {encrypted} is not trusted: ", fault, StringComparison.Ordinal);
        Assert.Contains("The remote certificate is invalid because of errors in the certificate chain: PartialChain", fault, StringComparison.Ordinal);
        Assert.Contains("SSL_CERT_FILE", fault, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, write.Status);
        Assert.Equal("store_unavailable", write.Json.GetProperty("code").GetString());
        Assert.False(write.Json.GetProperty("mayHaveHappened").GetBoolean());
        Assert.Contains("does not trust the certificate of the one that owns the ledger. Nothing was changed.", write.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(("failover_refused", fault), (takeOver.Json.GetProperty("code").GetString(), takeOver.Json.GetProperty("detail").GetString()));
        await UntilAsync(() => ReadHealthAsync(client), health => health.Contains("writes cannot be forwarded: The instance ", StringComparison.Ordinal));
        Assert.Contains("Writes cannot be forwarded: ", follower.Output, StringComparison.Ordinal);
        Assert.Equal(told.Value.GetProperty("epoch").GetInt64(), (await Owner.ReadFailoverAsync())!.Value.GetProperty("epoch").GetInt64());
        await Owner.WaitUntilStateAsync("primary", TimeSpan.Zero);
        await follower.WaitUntilStateAsync("following", TimeSpan.Zero);
        Assert.Equal(0, (await atOwner.GetFromJsonAsync<JsonElement>(new Uri("/api/v1/coins/ayla/balance", UriKind.Relative))).GetProperty("balance").GetInt64());

        // And what it says is what helps.
        await follower.StopAsync();
        await StartAsync(follower, authority);
        await follower.WaitUntilStateAsync("following", Patience);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(client, "coins/ayla/earn", """{"type":"earn_purchase","amount":7}""", "untrusted-1")).Status);
    }

    [Theory]
    [InlineData("another name")]
    [InlineData("over")]
    [InlineData("unknown authority")]
    public async Task OwnerOnHttp_WhoseHttpsNobodyCouldVerify_IsReachedWithoutIt(string kind)
    {
        var certificate = kind switch
        {
            "another name" => authority.Sign("gavat.example"),
            "over" => authority.Sign("127.0.0.1", DateTimeOffset.UtcNow.AddHours(-1)),
            _ => authority.Sign("127.0.0.1"),
        };
        var trusted = kind == "unknown authority" ? stranger : authority;
        await StartAsync(certificate, trusted, trusted);
        using var client = follower.CreateClient();

        Assert.Equal(Owner.Address.GetLeftPart(UriPartial.Authority), await ReadAddressAsync());
        Assert.Contains("Other instances cannot verify the certificate at ", Owner.Output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(client, "users", """{"userId":"ayla","username":"Ayla"}""")).Status);
    }

    private static bool IsTrue(JsonElement answer, string name) => answer.TryGetProperty(name, out var value) && value.GetBoolean();

    private static async Task<T> UntilAsync<T>(Func<Task<T>> read, Func<T, bool> holds)
    {
        var watch = Stopwatch.StartNew();
        T found;
        while (!holds(found = await read()))
        {
            Assert.True(watch.Elapsed < Patience, $"It did not come about: {found}");
            await Task.Delay(20);
        }

        return found;
    }

    private static async Task<(HttpStatusCode Status, JsonElement Json)> SendAsync(HttpClient client, string path, string body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"/api/v1/{path}", UriKind.Relative)) { Content = new StringContent(body, null, "application/json") };
        request.Headers.Add("Idempotency-Key", key ?? path);
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }

    private static async Task<string> ReadHealthAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(new Uri("/health", UriKind.Relative));
        return await answer.Content.ReadAsStringAsync();
    }

    private static Task StartAsync(AppProcess app, TestAuthority trusted)
    {
        app.Settings[trusted.Trust.Key] = trusted.Trust.Value;
        return app.StartAsync();
    }

    private async Task StartAsync(IReadOnlyDictionary<string, string> certificate, TestAuthority ownerTrusts, TestAuthority followerTrusts)
    {
        foreach (var (name, value) in certificate)
        {
            Owner.Settings[name] = value;
        }

        await StartAsync(Owner, ownerTrusts);
        await Owner.WaitUntilStateAsync("primary", Patience);
        await StartAsync(follower, followerTrusts);
        await follower.WaitUntilStateAsync("following", Patience);
    }

    /// <summary>Where the follower reaches the owner.</summary>
    private async Task<string?> ReadAddressAsync()
    {
        string? address = null;
        await UntilAsync(
            async () => await follower.ReadFailoverAsync(),
            failover => failover is { } answer
                && (address = answer.GetProperty("instances").EnumerateArray().FirstOrDefault(each => each.GetProperty("role").GetString() == "owner") is { ValueKind: JsonValueKind.Object } owner
                    ? owner.GetProperty("address").GetString() : null) is not null);
        return address;
    }
}
