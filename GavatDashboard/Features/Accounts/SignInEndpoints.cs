using Microsoft.AspNetCore.Antiforgery;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Accounts;

/// <summary>The pages before and after a session. They are plain forms: no circuit is opened for somebody who is not signed in.</summary>
internal static class SignInEndpoints
{
    private const int MaxFormBytes = 16 * 1024;

    public static void Map(IEndpointRouteBuilder app)
    {
        var pages = app.MapGroup("").AllowAnonymous().WithMetadata(new RequestSizeLimitAttribute(MaxFormBytes)).ExcludeFromDescription();
        pages.MapGet("/login", (HttpContext http, string? returnUrl) => http.User.Identity?.IsAuthenticated == true
            ? Results.LocalRedirect(LocalUrl.OrHome(returnUrl))
            : SignInPages.SignIn(LocalUrl.OrHome(returnUrl)));
        pages.MapPost("/login", SignInAsync);
        pages.MapGet("/logout", () => SignInPages.SignOut());
        pages.MapPost("/logout", SignOutAsync);
        pages.MapGet("/account/password", (HttpContext http, string? user, string? returnUrl) =>
            SignInPages.Password(http.User.Identity?.Name ?? user ?? "", LocalUrl.OrHome(returnUrl)));
        pages.MapPost("/account/password", ChangePasswordAsync);
        pages.MapGet("/access-denied", SignInPages.AccessDenied);
    }

    private static async Task<IResult> SignInAsync(
        HttpContext http, IAntiforgery antiforgery, SignInService service, IStringLocalizer<UiText> texts, CancellationToken ct)
    {
        if (await ReadFormAsync(http, antiforgery, ct) is not { } form)
        {
            return SignInPages.SignIn("/", texts["SignIn.OpenTooLong"], StatusCodes.Status400BadRequest);
        }

        var returnUrl = LocalUrl.OrHome(form["returnUrl"]);
        var userName = form["userName"].ToString().Trim();
        return await service.SignInAsync(http, userName, form["password"].ToString(), ct) switch
        {
            SignInOutcome.SignedIn => Results.LocalRedirect(returnUrl),
            SignInOutcome.PasswordChangeNeeded => Results.LocalRedirect(
                $"/account/password{QueryString.Create("user", userName).Add("returnUrl", returnUrl)}"),
            _ => SignInPages.SignIn(returnUrl, texts["SignIn.Refused"], StatusCodes.Status401Unauthorized),
        };
    }

    private static async Task<IResult> SignOutAsync(HttpContext http, IAntiforgery antiforgery, SignInService service, CancellationToken ct)
    {
        if (await ReadFormAsync(http, antiforgery, ct) is null)
        {
            return SignInPages.SignOut(StatusCodes.Status400BadRequest);
        }

        await service.SignOutAsync(http, ct);
        return Results.LocalRedirect("/login");
    }

    private static async Task<IResult> ChangePasswordAsync(
        HttpContext http, IAntiforgery antiforgery, SignInService service, IStringLocalizer<UiText> texts, CancellationToken ct)
    {
        if (await ReadFormAsync(http, antiforgery, ct) is not { } form)
        {
            return SignInPages.Password("", "/", [texts["SignIn.OpenTooLong"]], StatusCodes.Status400BadRequest);
        }

        var userName = form["userName"].ToString().Trim();
        var returnUrl = LocalUrl.OrHome(form["returnUrl"]);
        var newPassword = form["newPassword"].ToString();
        if (!string.Equals(newPassword, form["repeatedPassword"].ToString(), StringComparison.Ordinal))
        {
            return SignInPages.Password(userName, returnUrl, [texts["Password.Differ"]], StatusCodes.Status400BadRequest);
        }

        var (outcome, problems) = await service.ChangePasswordAsync(http, userName, form["password"].ToString(), newPassword, ct);
        return outcome switch
        {
            SignInOutcome.SignedIn => Results.LocalRedirect(returnUrl),
            SignInOutcome.PasswordChangeNeeded => SignInPages.Password(userName, returnUrl, problems, StatusCodes.Status400BadRequest),
            _ => SignInPages.Password(userName, returnUrl, [texts["Password.Refused"]], StatusCodes.Status401Unauthorized),
        };
    }

    /// <summary>The form, or null when it was not made by a page of ours for this browser.</summary>
    private static async Task<IFormCollection?> ReadFormAsync(HttpContext http, IAntiforgery antiforgery, CancellationToken ct) =>
        http.Request.HasFormContentType && await antiforgery.IsRequestValidAsync(http) ? await http.Request.ReadFormAsync(ct) : null;
}
