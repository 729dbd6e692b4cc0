using System.Net;
using GavatDashboard.Tests.App;

namespace GavatDashboard.Tests.Ui.Layout;

/// <summary>What the frame around the pages owes to everybody: a page for every address, and each person's language.</summary>
public sealed class PageFrameTests(AppFixture app) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task UnknownAddress_WithASession_IsAPageThatSaysSo()
    {
        using var client = await app.SignInAsync();

        using var answer = await client.GetAsync(new Uri("/no/such/page", UriKind.Relative));

        Assert.Equal((HttpStatusCode.NotFound, "text/html"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Contains("Go to the start page", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en-GB", "en", "User name")]
    [InlineData("tr-TR,tr;q=0.9", "tr", "Kullanıcı adı")]
    [InlineData("de", "en", "User name")]
    public async Task SignIn_ByTheBrowsersLanguage_SpeaksIt(string wish, string language, string words)
    {
        using var client = app.CreateClient(apiKey: null);
        client.DefaultRequestHeaders.AcceptLanguage.ParseAdd(wish);

        var page = await client.GetStringAsync(new Uri("/login", UriKind.Relative));

        Assert.Contains($"<html lang=\"{language}\">", page, StringComparison.Ordinal);
        Assert.Contains(words, WebUtility.HtmlDecode(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_DoNotNameTheServer()
    {
        using var client = app.CreateClient(apiKey: null);

        using var answer = await client.GetAsync(new Uri("/login", UriKind.Relative));

        Assert.Empty(answer.Headers.Server);
    }
}
