using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GavatDashboard.Features.Instances;

/// <summary>Lets work that only one instance may do run while this one owns the ledger, and rest while another does.</summary>
internal sealed class OwnerService<TWork>(TWork work, LedgerOwnership ownership) : BackgroundService
    where TWork : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await ownership.UntilAsync(isMine: true, stoppingToken);
                await WorkAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The application stops, and the work with it.
        }
    }

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        await work.StartAsync(stoppingToken);
        var running = work.ExecuteTask ?? Task.CompletedTask;
        try
        {
            var lost = ownership.UntilAsync(isMine: false, stoppingToken);
            if (await Task.WhenAny(lost, running) == running)
            {
                // Work that fails ends the application, as it would without this; work that has nothing to do waits.
                await running;
            }

            await lost;
        }
        finally
        {
            await work.StopAsync(CancellationToken.None);
        }
    }
}

/// <summary>Registers work that only the owner of the ledger does.</summary>
internal static class OwnerServices
{
    /// <summary>The work runs in the background while this instance owns the ledger.</summary>
    public static void AddOwnerService<TWork>(this IServiceCollection services)
        where TWork : BackgroundService
    {
        services.TryAddSingleton<TWork>();
        services.AddHostedService<OwnerService<TWork>>();
    }
}
