using System.Globalization;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Accounts;

/// <summary>What Identity refuses, in the language of the page.</summary>
internal sealed class IdentityErrorTexts(IStringLocalizer<UiText> texts) : IdentityErrorDescriber
{
    /// <inheritdoc />
    public override IdentityError PasswordTooShort(int length) => Of(nameof(PasswordTooShort), "Identity.PasswordTooShort", length);

    /// <inheritdoc />
    public override IdentityError PasswordRequiresUniqueChars(int uniqueChars) => Of(nameof(PasswordRequiresUniqueChars), "Identity.PasswordUniqueChars", uniqueChars);

    /// <inheritdoc />
    public override IdentityError PasswordMismatch() => Of(nameof(PasswordMismatch), "Identity.PasswordMismatch");

    /// <inheritdoc />
    public override IdentityError DuplicateUserName(string userName) => Of(nameof(DuplicateUserName), "Identity.DuplicateUserName", userName);

    /// <inheritdoc />
    public override IdentityError InvalidUserName(string? userName) => Of(nameof(InvalidUserName), "Identity.InvalidUserName", userName ?? string.Empty);

    private IdentityError Of(string code, string key, params object[] values) =>
        new() { Code = code, Description = string.Format(CultureInfo.CurrentCulture, texts[key], values) };
}
