using System.Net;
using System.Text;
using System.Text.Json;
using GavatDashboard.Features.Imports;
using GavatDashboard.Features.Security;
using GavatDashboard.Tests.App;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Imports;

/// <summary>The application with a small bound on files.</summary>
public sealed class SmallImportsAppFixture : AppFixture
{
    public const int MaxFileBytes = 300_000;

    protected override Task ChangeSettingsAsync(IDictionary<string, string> settings)
    {
        settings["Imports:MaxFileBytes"] = MaxFileBytes.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Task.CompletedTask;
    }
}

public sealed class ImportEndpointTests(SmallImportsAppFixture app) : IClassFixture<SmallImportsAppFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Post_Sample_IsAcceptedRunsAndAnswersWithItsFigures()
    {
        using var client = app.CreateClient();
        using var body = new StreamContent(File.OpenRead(CdnowParserTests.SamplePath));
        body.Headers.ContentType = new("text/plain");
        body.Headers.ContentDisposition = new("attachment") { FileNameStar = "../geçmiş.txt" };
        using var response = await client.PostAsync("/api/v1/imports?format=cdnow", body);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var id = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString();
        Assert.Equal($"/api/v1/imports/{id}", response.Headers.Location?.OriginalString);

        var end = await WaitAsync(client, id!);

        Assert.Equal("completed", end.GetProperty("state").GetString());
        Assert.Equal("geçmiş.txt", end.GetProperty("fileName").GetString());
        Assert.Equal(
            (6_919, 6_919, 6_911, 13_822, 2_357, 0),
            (Number(end, "totalLines"), Number(end, "processedLines"), Number(end, "importedPurchases"), Number(end, "entries"), Number(end, "usersCreated"), Number(end, "duplicates")));
        var rejected = end.GetProperty("rejected").EnumerateArray().Select(line => (line.GetProperty("line").GetInt64(), line.GetProperty("reason").GetString())).ToList();
        Assert.Equal([226, 449, 718, 873, 3089, 3466, 3832, 6156], rejected.Select(line => line.Item1));
        Assert.All(rejected, line => Assert.Contains("$0.00", line.Item2, StringComparison.Ordinal));
        Assert.True(end.GetProperty("linesPerSecond").GetDouble() > 0);
        Assert.Equal(JsonValueKind.Null, end.GetProperty("error").ValueKind);

        var biggest = await new ApiCaller(client).GetAsync("/coins/1901/stats");
        Assert.Contains("655270", biggest.Text, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(app.DataDirectory, "imports")));
    }

    [Fact]
    public async Task Post_Form_TakesItsFile()
    {
        using var client = app.CreateClient();
        using var form = new MultipartFormDataContent
        {
            { new StringContent("a note"), "note" },
            { new ByteArrayContent(Encoding.UTF8.GetBytes("user_id,type,amount,date\nform-1,earn_bonus,5,2026-01-02\n")), "file", "../history.csv" },
        };
        using var response = await client.PostAsync("/api/v1/imports?format=csv", form);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);

        var end = await WaitAsync(client, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString()!);

        Assert.Equal(("completed", "history.csv", 1), (end.GetProperty("state").GetString(), end.GetProperty("fileName").GetString(), Number(end, "entries")));
    }

    [Theory]
    [InlineData("", "x", HttpStatusCode.BadRequest)]
    [InlineData("?format=xml", "x", HttpStatusCode.BadRequest)]
    [InlineData("?format=cdnow", "", HttpStatusCode.BadRequest)]
    [InlineData("?format=cdnow", " \r\n\n", HttpStatusCode.BadRequest)]
    public async Task Post_UnusableRequest_IsRefused(string query, string body, HttpStatusCode status)
    {
        using var client = app.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/imports" + query) { Content = new StringContent(body) };

        Assert.Equal(status, (await new ApiCaller(client).SendAsync(request)).Status);
    }

    [Theory]
    [InlineData(SmallImportsAppFixture.MaxFileBytes + 1)]
    [InlineData(SmallImportsAppFixture.MaxFileBytes + 100_000)]
    public async Task Post_FileThatIsTooLarge_IsRefusedAndLeavesNothingBehind(int bytes)
    {
        using var client = app.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/imports?format=cdnow") { Content = new ByteArrayContent(new byte[bytes]) };

        var answer = await new ApiCaller(client).SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
    }

    [Fact]
    public async Task Post_FormWithoutFileOrBoundary_IsRefused()
    {
        using var client = app.CreateClient();
        using var noFile = new HttpRequestMessage(HttpMethod.Post, "/api/v1/imports?format=csv") { Content = new MultipartFormDataContent { { new StringContent("a"), "note" } } };
        using var broken = new HttpRequestMessage(HttpMethod.Post, "/api/v1/imports?format=csv") { Content = new StringContent("x", null, "multipart/form-data") };

        Assert.Equal(HttpStatusCode.BadRequest, (await new ApiCaller(client).SendAsync(noFile)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await new ApiCaller(client).SendAsync(broken)).Status);
    }

    [Fact]
    public async Task Get_UnknownImport_IsNotFound()
    {
        using var client = app.CreateClient();

        var answer = await new ApiCaller(client).GetAsync("/imports/none");

        Assert.Equal((HttpStatusCode.NotFound, "unknown_import"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Post_WithoutTheScope_IsRefused()
    {
        using var stranger = app.CreateClient(apiKey: null);
        using var reader = app.CreateClient(await app.CreateKeyAsync(ApiScopes.CoinsWrite));
        using var importer = app.CreateClient(await app.CreateKeyAsync(ApiScopes.Import));

        Assert.Equal(HttpStatusCode.Unauthorized, (await new ApiCaller(stranger).GetAsync("/imports/none")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await new ApiCaller(reader).GetAsync("/imports/none")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await new ApiCaller(importer).GetAsync("/imports/none")).Status);
    }

    [Fact]
    public async Task CleanUp_ImportOfAProcessThatEnded_IsShownAsInterrupted()
    {
        var log = app.Services.GetRequiredService<IImportLog>();
        var imports = app.Services.GetRequiredService<ImportService>();
        var lost = new ImportStatus { Id = "lost", State = ImportState.Running, Format = ImportFormat.Cdnow, Actor = "tests", SubmittedAt = DateTimeOffset.UtcNow };
        await log.SaveAsync(lost, CancellationToken.None);

        await imports.CleanUpAsync(CancellationToken.None);

        using var client = app.CreateClient();
        var answer = await new ApiCaller(client).GetAsync("/imports/lost");
        Assert.Equal(("failed", ImportRunner.Interrupted), (answer.TextOf("state"), answer.TextOf("error")));
    }

    private static long Number(JsonElement json, string name) => json.GetProperty(name).GetInt64();

    private static async Task<JsonElement> WaitAsync(HttpClient client, string id)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (true)
        {
            var answer = await new ApiCaller(client).GetAsync($"/imports/{id}");
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            if (answer.TextOf("state") != "running")
            {
                return answer.Json;
            }

            await Task.Delay(100, timeout.Token);
        }
    }
}
