using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Accounts;

/// <summary>Identity's manager with the injected clock, and with failures counted in one step (parallel guesses would otherwise count once).</summary>
internal sealed class ConsoleUserManager(
    IUserStore<ConsoleUser> store,
    IOptions<IdentityOptions> options,
    IPasswordHasher<ConsoleUser> passwordHasher,
    IEnumerable<IUserValidator<ConsoleUser>> userValidators,
    IEnumerable<IPasswordValidator<ConsoleUser>> passwordValidators,
    ILookupNormalizer keyNormalizer,
    IdentityErrorDescriber errors,
    IServiceProvider services,
    ILogger<UserManager<ConsoleUser>> logger,
    IConsoleAccounts accounts,
    TimeProvider time)
    : UserManager<ConsoleUser>(store, options, passwordHasher, userValidators, passwordValidators, keyNormalizer, errors, services, logger)
{
    public override Task<bool> IsLockedOutAsync(ConsoleUser user) =>
        Task.FromResult(user.LockoutEnabled && user.LockoutEnd > time.GetUtcNow());

    public override async Task<IdentityResult> AccessFailedAsync(ConsoleUser user)
    {
        var lockoutEnd = time.GetUtcNow() + Options.Lockout.DefaultLockoutTimeSpan;
        var (failures, lockedUntil) = await accounts.RecordFailureAsync(user.Id, Options.Lockout.MaxFailedAccessAttempts, lockoutEnd, CancellationToken);
        user.AccessFailedCount = lockedUntil is null ? failures : 0;
        user.LockoutEnd = lockedUntil ?? user.LockoutEnd;
        return IdentityResult.Success;
    }
}
