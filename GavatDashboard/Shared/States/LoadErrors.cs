using GavatDashboard.Domain.Coins;
using GavatDashboard.Shared.Text;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Shared.States;

/// <summary>Says what went wrong in words for whoever looks at the page.</summary>
internal static class LoadErrors
{
    /// <summary>The words: what could not be reached, and what it said.</summary>
    public static string Describe(Exception error, IStringLocalizer<UiText> text) => error switch
    {
        StoreUnavailableException outage => text["Load.StoreOut", StoreNames.Of(outage.Store), outage.Message],
        LedgerBusyException => text["Load.Busy"],
        TimeoutException => text["Load.Timeout"],
        _ => error.Message,
    };
}
