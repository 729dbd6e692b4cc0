using Microsoft.AspNetCore.Identity;

namespace GavatDashboard.Features.Accounts;

/// <summary>
/// Spends the time of a password check where there is nothing to check (no such user, locked, disabled), so that the time of a
/// refusal does not tell which names exist.
/// </summary>
internal sealed class DecoyPassword
{
    private readonly Lazy<string> hash;
    private readonly IPasswordHasher<ConsoleUser> hasher;
    private readonly ConsoleUser nobody = new();

    public DecoyPassword(IPasswordHasher<ConsoleUser> hasher)
    {
        this.hasher = hasher;
        hash = new Lazy<string>(() => hasher.HashPassword(nobody, OneTimePassword.Create()));
    }

    public void Check(string password) => hasher.VerifyHashedPassword(nobody, hash.Value, password);
}
