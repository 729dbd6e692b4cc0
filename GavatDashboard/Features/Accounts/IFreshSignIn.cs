namespace GavatDashboard.Features.Accounts;

/// <summary>Whether whoever sits behind a circuit has shown lately that they know the password: what cannot be undone asks for that.</summary>
public interface IFreshSignIn
{
    /// <summary>Whether the password was typed in the last minutes.</summary>
    Task<bool> IsFreshAsync();

    /// <summary>Looks at the password once more. A wrong one counts towards the lockout, as at the door.</summary>
    /// <returns>Whether it is right, so that the sign-in is fresh again.</returns>
    Task<bool> RenewAsync(string password, CancellationToken cancellationToken);
}
