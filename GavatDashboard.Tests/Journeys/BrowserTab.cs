using System.Collections.Concurrent;
using GavatDashboard.Tests.App;
using Microsoft.Playwright;

namespace GavatDashboard.Tests.Journeys;

/// <summary>One page in a browser context of its own. It remembers what the console complained of.</summary>
public sealed class BrowserTab : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = new();

    internal BrowserTab(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                _complaints.Enqueue(message.Text);
            }
        };
        page.PageError += (_, error) => _complaints.Enqueue(error);
    }

    /// <summary>The page.</summary>
    public IPage Page { get; }

    /// <summary>Errors of the page and its console.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>Signs in through the page; ends on the page that follows.</summary>
    public async Task SignInAsync(string userName = AppFixture.AdminUser, string password = AppFixture.AdminPassword)
    {
        await Page.GotoAsync("/login");
        await Page.GetByLabel("User name").FillAsync(userName);
        await Page.GetByLabel("Password", new PageGetByLabelOptions { Exact = true }).FillAsync(password);
        await Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign in" }).ClickAsync();
        await Page.WaitForURLAsync(address => !address.Contains("/login", StringComparison.Ordinal));
    }

    /// <summary>Goes to an address and waits until the circuit is there, so that clicks are heard.</summary>
    public async Task GoToAsync(string path)
    {
        // What the page before still asks for must not be taken for an answer of this one.
        await Page.GotoAsync("about:blank");
        // The layout's visibility watch is the first thing that the server asks of a page that is interactive.
        var module = Page.WaitForResponseAsync(response => response.Url.Contains("/js/page.", StringComparison.Ordinal));
        await Page.GotoAsync(path);
        await module;
    }

    /// <summary>By how many pixels the document is wider than the window; 0 where nobody has to scroll sideways.</summary>
    public Task<int> ReadOverflowAsync() => Page.EvaluateAsync<int>("() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth)");

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
