using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Accounts;

/// <summary>What the first start creates. Section <c>Bootstrap</c>.</summary>
public sealed class BootstrapOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Bootstrap";

    /// <summary>Name of the first admin.</summary>
    public string AdminUser { get; set; } = "admin";

    /// <summary>Password of the first admin, at least 8 characters; without one it is generated and printed once.</summary>
    public string? AdminPassword { get; set; }

    /// <summary>An API key with all scopes, at least 24 characters; none is made without it.</summary>
    public string? ApiKey { get; set; }
}

/// <summary>All problems at once, each naming its key.</summary>
internal sealed class BootstrapOptionsValidator : IValidateOptions<BootstrapOptions>
{
    public const int MinPasswordLength = 8;
    private const int MinKeyLength = 24;
    private const int MaxKeyLength = 256;
    private const int MinDistinctCharacters = 8;

    public ValidateOptionsResult Validate(string? name, BootstrapOptions options)
    {
        var problems = new List<string>();
        if (options.AdminUser is not { Length: > 0 and <= 64 } user || !user.All(letter => char.IsAsciiLetterOrDigit(letter) || "-._@+".Contains(letter, StringComparison.Ordinal)))
        {
            problems.Add("Bootstrap:AdminUser must have 1 to 64 letters, digits or -._@+");
        }

        if (!string.IsNullOrWhiteSpace(options.AdminPassword) && options.AdminPassword.Length is < MinPasswordLength or > SignInService.MaxPasswordLength)
        {
            problems.Add($"Bootstrap:AdminPassword must have {MinPasswordLength} to {SignInService.MaxPasswordLength} characters; leave it empty to have one generated");
        }

        if (!string.IsNullOrWhiteSpace(options.ApiKey))
        {
            ValidateKey(options.ApiKey, problems);
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static void ValidateKey(string key, List<string> problems)
    {
        if (key.Length is < MinKeyLength or > MaxKeyLength || key.Distinct().Count() < MinDistinctCharacters)
        {
            problems.Add($"Bootstrap:ApiKey is too weak or too long: it must have {MinKeyLength} to {MaxKeyLength} characters, {MinDistinctCharacters} different ones at least (try: openssl rand -hex 24)");
        }
        else if (!key.All(letter => letter is > ' ' and < '\x7f'))
        {
            problems.Add("Bootstrap:ApiKey may have printable ASCII characters without spaces only, because it is sent as a header");
        }
    }
}
