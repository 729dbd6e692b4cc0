namespace GavatDashboard.Features.Accounts;

/// <summary>A person who may sign in to the console. Not to be confused with the members whose coins are kept.</summary>
public sealed class ConsoleUser
{
    /// <summary>Stable identifier.</summary>
    public string Id { get; set; } = Guid.CreateVersion7().ToString("N");

    /// <summary>The name to sign in with.</summary>
    public string UserName { get; set; } = "";

    /// <summary>The name as it is compared.</summary>
    public string NormalizedUserName { get; set; } = "";

    /// <summary>The framework's password hash; null until a password is set.</summary>
    public string? PasswordHash { get; set; }

    /// <summary>Changes when sessions must end.</summary>
    public string SecurityStamp { get; set; } = "";

    /// <summary>Changes with every update, so that two of them at once cannot overwrite each other.</summary>
    public string ConcurrencyStamp { get; set; } = Guid.NewGuid().ToString("N");

    /// <summary>Whether failures lock the account.</summary>
    public bool LockoutEnabled { get; set; } = true;

    /// <summary>Locked until then (UTC), or null.</summary>
    public DateTimeOffset? LockoutEnd { get; set; }

    /// <summary>Failed sign-ins in a row.</summary>
    public int AccessFailedCount { get; set; }

    /// <summary>The password was made for the user, who has to choose another at the next sign-in.</summary>
    public bool MustChangePassword { get; set; }

    /// <summary>Disabled since then (UTC), or null.</summary>
    public DateTimeOffset? DisabledAt { get; set; }

    /// <summary>Created (UTC).</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Last successful sign-in (UTC), or null.</summary>
    public DateTimeOffset? LastSignInAt { get; set; }

    /// <summary>Roles held, see <see cref="Security.ConsoleRoles"/>.</summary>
    public IList<string> Roles { get; init; } = [];
}
