using System.Globalization;
using GavatDashboard.Shared.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Tests.Ui.Text;

/// <summary>Somebody who reads the pages in a language.</summary>
internal static class Reader
{
    /// <summary>Looks at texts in a language.</summary>
    public static void In(string culture, Action<IStringLocalizer<UiText>> look)
    {
        var before = CultureInfo.CurrentUICulture;
        using var services = new ServiceCollection().AddLogging().AddLocalization().BuildServiceProvider();
        try
        {
            CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(culture);
            look(services.GetRequiredService<IStringLocalizer<UiText>>());
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
    }
}
