using System.Net;
using System.Text.RegularExpressions;

namespace GavatDashboard.Tests.Features.Security;

/// <summary>Just enough of a browser: cookies, forms with their antiforgery token, redirects left to the caller.</summary>
public sealed partial class Browser : IDisposable
{
    private readonly HttpClient client;

    public Browser(HttpMessageHandler server)
    {
        client = new HttpClient(new CookieKeeper(Cookies) { InnerHandler = server }) { BaseAddress = new Uri("http://localhost") };
    }

    public CookieContainer Cookies { get; } = new();

    public Task<HttpResponseMessage> GetAsync(string path) => client.GetAsync(new Uri(path, UriKind.Relative));

    /// <summary>Posts fields without a token of their own making.</summary>
    public Task<HttpResponseMessage> PostRawAsync(string path, IDictionary<string, string> fields, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = new FormUrlEncodedContent(fields) };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return client.SendAsync(request);
    }

    /// <summary>Opens the page, takes its token and posts the form.</summary>
    public async Task<HttpResponseMessage> SubmitAsync(string path, params (string Name, string Value)[] fields)
    {
        var page = await (await GetAsync(path)).Content.ReadAsStringAsync();
        var values = fields.ToDictionary(field => field.Name, field => field.Value);
        values["__RequestVerificationToken"] = Token().Match(page).Groups[1].Value;
        return await PostRawAsync(path.Split('?')[0], values);
    }

    public Task<HttpResponseMessage> SignInAsync(string user, string password, string returnUrl = "/") =>
        SubmitAsync("/login", ("userName", user), ("password", password), ("returnUrl", returnUrl));

    public void Dispose() => client.Dispose();

    [GeneratedRegex("__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();

    private sealed class CookieKeeper(CookieContainer cookies) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var address = request.RequestUri!;
            var header = cookies.GetCookieHeader(address);
            if (header.Length > 0)
            {
                request.Headers.Add("Cookie", header);
            }

            var response = await base.SendAsync(request, cancellationToken);
            if (response.Headers.TryGetValues("Set-Cookie", out var set))
            {
                foreach (var cookie in set)
                {
                    cookies.SetCookies(address, cookie);
                }
            }

            return response;
        }
    }
}
