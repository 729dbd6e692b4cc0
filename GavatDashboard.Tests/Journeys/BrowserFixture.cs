using GavatDashboard.Tests.App;
using Microsoft.Playwright;

namespace GavatDashboard.Tests.Journeys;

/// <summary>
/// The whole application, and the machine's own Chromium to look at it. One instance serves a collection
/// (<c>[Collection(BrowserGroup.Name)]</c>), so that the browser starts once. Nothing is ever downloaded.
/// </summary>
public class BrowserFixture : AppFixture
{
    private const float DefaultTimeoutMs = 20_000;
    private static readonly string[] Programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    private readonly SemaphoreSlim _gate = new(1, 1);
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Opens a page in a context of its own: no cookies, English unless told, reduced motion.</summary>
    /// <param name="isPhone">390 by 844 instead of 1440 by 900.</param>
    /// <param name="scheme">Light or dark, as the system would say.</param>
    /// <param name="locale">The browser's language.</param>
    public async Task<BrowserTab> OpenAsync(bool isPhone = false, ColorScheme scheme = ColorScheme.Light, string locale = "en-GB")
    {
        var browser = await StartBrowserAsync();
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = Address.ToString(),
            ViewportSize = isPhone ? new ViewportSize { Width = 390, Height = 844 } : new ViewportSize { Width = 1440, Height = 900 },
            ColorScheme = scheme,
            Locale = locale,
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout(DefaultTimeoutMs);
        return new BrowserTab(context, await context.NewPageAsync());
    }

    /// <summary>Opens a page and signs in as the admin, or as somebody else.</summary>
    public async Task<BrowserTab> OpenSignedInAsync(
        bool isPhone = false, ColorScheme scheme = ColorScheme.Light, string userName = AdminUser, string password = AdminPassword)
    {
        var tab = await OpenAsync(isPhone, scheme);
        await tab.SignInAsync(userName, password);
        return tab;
    }

    public override async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        _gate.Dispose();
        await base.DisposeAsync();
    }

    private async Task<IBrowser> StartBrowserAsync()
    {
        // The library's own five seconds are no longer than a probe's interval.
        Assertions.SetDefaultExpectTimeout(DefaultTimeoutMs);
        await _gate.WaitAsync();
        try
        {
            var program = Environment.GetEnvironmentVariable("CHROMIUM") ?? Array.Find(Programs, File.Exists)
                ?? throw new InvalidOperationException("Chromium is needed for the browser tests. Install 'chromium', or name it in CHROMIUM.");
            _playwright ??= await Playwright.CreateAsync();
            return _browser ??= await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = program,
                Args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
            });
        }
        finally
        {
            _gate.Release();
        }
    }
}

/// <summary>The tests that share one application and one browser.</summary>
[CollectionDefinition(Name)]
public sealed class BrowserGroup : ICollectionFixture<BrowserFixture>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "Browser";
}
