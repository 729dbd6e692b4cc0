using System.Text;
using MudBlazor;

namespace GavatDashboard.Shared.Theme;

/// <summary>
/// The dark palette as a style sheet that holds while the page's root says <c>data-theme="dark"</c>. With it the theme changes
/// in the browser alone, before the first paint and without a circuit; MudBlazor's own provider stays at the light palette.
/// </summary>
internal sealed class DarkPaletteStyle : MudThemeProvider
{
    private DarkPaletteStyle()
    {
        Theme = new MudTheme { PaletteLight = AsLight(GavatTheme.Value.PaletteDark) };
    }

    /// <summary>The style sheet.</summary>
    public static string Css { get; } = Write();

    private static string Write()
    {
        var provider = new DarkPaletteStyle();
        var all = new StringBuilder();
        provider.GenerateTheme(all);
        var css = new StringBuilder("html[data-theme=dark]{");
        foreach (var line in all.ToString().Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith("--mud-palette-", StringComparison.Ordinal))
            {
                css.Append(line);
            }
        }

        return css.Append("--mud-native-html-color-scheme:dark;color-scheme:dark}").ToString();
    }

    private static PaletteLight AsLight(Palette dark)
    {
        var light = new PaletteLight();
        foreach (var property in typeof(Palette).GetProperties().Where(property => property is { CanRead: true, CanWrite: true }))
        {
            property.SetValue(light, property.GetValue(dark));
        }

        return light;
    }
}
