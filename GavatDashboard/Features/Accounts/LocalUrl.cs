namespace GavatDashboard.Features.Accounts;

/// <summary>Where a sign-in may lead: only to pages of this application.</summary>
internal static class LocalUrl
{
    /// <summary>The address when it is a path of this application, otherwise the start page.</summary>
    public static string OrHome(string? url)
    {
        if (url is not ['/', ..] || url is ['/', '/' or '\\', ..] || url.Length > 2000 || url.Any(char.IsControl) || url.Contains('\\', StringComparison.Ordinal))
        {
            return "/";
        }

        // Leading back to the door would make a circle.
        return IsAt(url, "/login") || IsAt(url, "/logout") || IsAt(url, "/account/password") || IsAt(url, "/access-denied") ? "/" : url;
    }

    private static bool IsAt(string url, string path) =>
        url.StartsWith(path, StringComparison.OrdinalIgnoreCase) && (url.Length == path.Length || url[path.Length] is '?' or '#' or '/');
}
