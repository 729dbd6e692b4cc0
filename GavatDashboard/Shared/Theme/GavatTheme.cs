using MudBlazor;

namespace GavatDashboard.Shared.Theme;

/// <summary>Colours, type and measures of the console.</summary>
/// <remarks>Text on its background reaches a contrast of at least 4.5 in both palettes; a test checks it.</remarks>
internal static class GavatTheme
{
    // Fonts that every system has: nothing is fetched from elsewhere.
    private static readonly string[] Font =
        ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Liberation Sans", "Helvetica Neue", "Arial", "sans-serif"];

    /// <summary>The theme; it never changes.</summary>
    public static MudTheme Value { get; } = new()
    {
        PaletteLight = Light(),
        PaletteDark = Dark(),
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "8px", AppbarHeight = "56px" },
        Typography = Type(),
    };

    private static PaletteLight Light() => new()
    {
        Primary = "#0B6478",
        PrimaryContrastText = "#FFFFFF",
        Secondary = "#7A5200",
        Tertiary = "#4B5B6B",
        Info = "#1D5FA8",
        Success = "#17764A",
        Warning = "#8F5400",
        WarningContrastText = "#FFFFFF",
        Error = "#B8292B",
        Dark = "#22303C",
        Background = "#F4F6F8",
        BackgroundGray = "#ECEFF2",
        Surface = "#FFFFFF",
        TextPrimary = "#17212B",
        TextSecondary = "#51606E",
        TextDisabled = "#8A96A2",
        ActionDefault = "#51606E",
        ActionDisabled = "#A9B3BD",
        ActionDisabledBackground = "#E6EAEE",
        DrawerBackground = "#FFFFFF",
        DrawerText = "#33414E",
        DrawerIcon = "#51606E",
        AppbarBackground = "#FFFFFF",
        AppbarText = "#17212B",
        LinesDefault = "#DDE3E8",
        LinesInputs = "#8794A1",
        TableLines = "#E6EAEE",
        TableHover = "#F1F5F7",
        TableStriped = "#F7F9FA",
        Divider = "#DDE3E8",
        DividerLight = "#E9EDF0",
        Skeleton = "#E3E8EC",
        HoverOpacity = 0.06,
    };

    private static PaletteDark Dark() => new()
    {
        Primary = "#5CC5D8",
        PrimaryContrastText = "#06222A",
        Secondary = "#E3B65B",
        SecondaryContrastText = "#2A1D00",
        Tertiary = "#A9B8C6",
        TertiaryContrastText = "#16202A",
        Info = "#82B8FF",
        InfoContrastText = "#0B2038",
        Success = "#55C793",
        SuccessContrastText = "#04241A",
        Warning = "#F0B549",
        WarningContrastText = "#2A1D00",
        Error = "#FF8A82",
        ErrorContrastText = "#3A0D0B",
        Dark = "#0A0F14",
        Background = "#0E141A",
        BackgroundGray = "#121A21",
        Surface = "#161E26",
        TextPrimary = "#E7EDF2",
        TextSecondary = "#A3B2C0",
        TextDisabled = "#6B7985",
        ActionDefault = "#A3B2C0",
        ActionDisabled = "#52606C",
        ActionDisabledBackground = "#212B35",
        DrawerBackground = "#121920",
        DrawerText = "#C6D1DB",
        DrawerIcon = "#A3B2C0",
        AppbarBackground = "#121920",
        AppbarText = "#E7EDF2",
        LinesDefault = "#27323D",
        LinesInputs = "#6B7985",
        TableLines = "#222C36",
        TableHover = "#1C2630",
        TableStriped = "#19222B",
        Divider = "#27323D",
        DividerLight = "#1F2932",
        Skeleton = "#232E38",
        OverlayDark = "rgba(4,8,12,0.66)",
        HoverOpacity = 0.08,
    };

    private static Typography Type()
    {
        var type = new Typography
        {
            Default = new DefaultTypography { FontFamily = Font, FontSize = "0.875rem", LineHeight = "1.5", LetterSpacing = "normal" },
            Body1 = new Body1Typography { FontSize = "0.9375rem", LineHeight = "1.5" },
            Body2 = new Body2Typography { FontSize = "0.875rem", LineHeight = "1.5" },
            Button = new ButtonTypography { FontSize = "0.875rem", FontWeight = "600", TextTransform = "none", LineHeight = "1.5" },
            Caption = new CaptionTypography { FontSize = "0.8125rem", LineHeight = "1.4" },
            H1 = new H1Typography { FontSize = "1.375rem", FontWeight = "650", LineHeight = "1.3" },
            H2 = new H2Typography { FontSize = "1.0625rem", FontWeight = "650", LineHeight = "1.35" },
            H3 = new H3Typography { FontSize = "0.9375rem", FontWeight = "650", LineHeight = "1.4" },
            H6 = new H6Typography { FontSize = "1.0625rem", FontWeight = "650", LineHeight = "1.4" },
        };
        foreach (var style in (BaseTypography[])[type.Body1, type.Body2, type.Button, type.Caption, type.H1, type.H2, type.H3, type.H4, type.H5, type.H6, type.Subtitle1, type.Subtitle2, type.Overline])
        {
            style.FontFamily = Font;
            style.LetterSpacing = "normal";
        }

        return type;
    }
}
