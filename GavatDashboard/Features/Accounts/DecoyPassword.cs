using Microsoft.AspNetCore.Identity;

namespace GavatDashboard.Features.Accounts;

/// <summary>
/// Spends the time of a password check where there is nothing to check (no such user, locked, disabled), so that the time of a
/// refusal does not tell which names exist.
/// </summary>
internal sealed class DecoyPassword
{
    private readonly Lazy<string> _hash;
    private readonly IPasswordHasher<ConsoleUser> _hasher;
    private readonly ConsoleUser _nobody = new();

    public DecoyPassword(IPasswordHasher<ConsoleUser> hasher)
    {
        _hasher = hasher;
        _hash = new Lazy<string>(() => hasher.HashPassword(_nobody, OneTimePassword.Create()));
    }

    public void Check(string password) => _hasher.VerifyHashedPassword(_nobody, _hash.Value, password);
}
