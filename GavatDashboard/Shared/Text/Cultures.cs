using Microsoft.AspNetCore.Localization;

namespace GavatDashboard.Shared.Text;

/// <summary>The languages of the pages.</summary>
internal static class Cultures
{
    /// <summary>Each language's code and its own name.</summary>
    public static IReadOnlyList<(string Code, string Name)> All { get; } = [("en", "English"), ("tr", "Türkçe")];

    /// <summary>Sets the culture of a request: the cookie that the language menu writes, then the browser's wish, then English.</summary>
    public static void Configure(RequestLocalizationOptions options)
    {
        string[] codes = [.. All.Select(culture => culture.Code)];
        options.SetDefaultCulture(codes[0]).AddSupportedCultures(codes).AddSupportedUICultures(codes);
        options.RequestCultureProviders = [new CookieRequestCultureProvider(), new AcceptLanguageHeaderRequestCultureProvider()];
    }
}
