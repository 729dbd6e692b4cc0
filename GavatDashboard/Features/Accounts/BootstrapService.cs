using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Security;
using GavatDashboard.Stores.Sqlite.Console;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Accounts;

/// <summary>Makes the first admin and the automation key, before anything else starts.</summary>
internal sealed partial class BootstrapService(
    ConsoleDatabase database,
    IServiceScopeFactory scopes,
    IConsoleAccounts accounts,
    ApiKeyService apiKeys,
    IAuditLog audit,
    IOptions<BootstrapOptions> options,
    IFirstSignInNotice notice,
    TimeProvider time,
    ILogger<BootstrapService> logger) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        database.EnsureReady();
        using (database.AcquireProcessLock())
        {
            await EnsureAdminAsync(cancellationToken);
        }

        if (!string.IsNullOrWhiteSpace(options.Value.ApiKey) && await apiKeys.EnsureAsync("bootstrap", options.Value.ApiKey, AuditActors.System, cancellationToken))
        {
            LogKeyMade();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task EnsureAdminAsync(CancellationToken ct)
    {
        if (await accounts.CountActiveAdminsAsync(ct) > 0)
        {
            return;
        }

        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<ConsoleUser>>();
        var configured = options.Value.AdminPassword;
        var isGenerated = string.IsNullOrWhiteSpace(configured);
        var password = isGenerated ? OneTimePassword.Create() : configured!;
        var user = new ConsoleUser { UserName = options.Value.AdminUser, CreatedAt = time.GetUtcNow(), Roles = [ConsoleRoles.Admin] };

        // Its length was checked with the options; beyond that, a password chosen by the owner of the machine is taken as it is.
        user.PasswordHash = users.PasswordHasher.HashPassword(user, password);
        var unitOfWork = scope.ServiceProvider.GetRequiredService<IConsoleUnitOfWork>();
        var result = await unitOfWork.RunAsync(
            async inner =>
            {
                var created = await users.CreateAsync(user);
                if (created.Succeeded)
                {
                    await audit.AppendAsync(AuditActors.System, "account.created", $"account:{user.UserName}", "first start", """{"roles":["admin"]}""", inner);
                }

                return created;
            },
            static created => created.Succeeded,
            ct);
        if (!result.Succeeded)
        {
            throw new InvalidOperationException(
                $"The first admin '{user.UserName}' could not be made: {string.Join(" ", result.Errors.Select(error => error.Description))}");
        }

        if (isGenerated)
        {
            notice.Show(user.UserName, password);
        }
        else
        {
            LogAdminMade(user.UserName);
        }
    }

    [LoggerMessage(EventId = 7101, Level = LogLevel.Information, Message = "The first admin {UserName} was made with the configured password")]
    private partial void LogAdminMade(string userName);

    [LoggerMessage(EventId = 7102, Level = LogLevel.Information, Message = "The API key of Bootstrap:ApiKey was made, with all scopes")]
    private partial void LogKeyMade();
}
