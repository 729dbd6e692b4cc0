using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Accounts;

/// <summary>The statically rendered pages around sign-in, as endpoint results.</summary>
internal static class SignInPages
{
    public static IResult SignIn(string returnUrl, string? problem = null, int status = StatusCodes.Status200OK) =>
        Page<SignInPage>(status, (nameof(SignInPage.ReturnUrl), returnUrl), (nameof(SignInPage.Problem), problem));

    public static IResult TooManyAttempts(IStringLocalizer<UiText> texts, int seconds) =>
        SignIn("/", texts["SignIn.TooManyAttempts", seconds], StatusCodes.Status429TooManyRequests);

    public static IResult SignOut(int status = StatusCodes.Status200OK) => Page<SignOutPage>(status);

    public static IResult AccessDenied() => Page<AccessDeniedPage>(StatusCodes.Status403Forbidden);

    public static IResult Password(string userName, string returnUrl, IReadOnlyList<string>? problems = null, int status = StatusCodes.Status200OK) =>
        Page<PasswordPage>(
            status, (nameof(PasswordPage.UserName), userName), (nameof(PasswordPage.ReturnUrl), returnUrl), (nameof(PasswordPage.Problems), problems ?? []));

    private static RazorComponentResult<TPage> Page<TPage>(int status, params ReadOnlySpan<(string Name, object? Value)> parameters)
        where TPage : Microsoft.AspNetCore.Components.IComponent
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in parameters)
        {
            values[name] = value;
        }

        return new RazorComponentResult<TPage>(values) { StatusCode = status };
    }
}
