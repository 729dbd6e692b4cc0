using GavatDashboard.Features.Coins;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Instances;

/// <summary>Registers what several instances on one ledger need.</summary>
internal static class InstancesRegistration
{
    /// <summary>Who owns the ledger, who else lives, and the way of writes to the owner.</summary>
    public static void AddInstances(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<InstanceOptions>().BindConfiguration(InstanceOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<InstanceOptions>, InstanceOptions.Validator>();
        services.AddSingleton<LedgerOwnership>();
        services.AddSingleton<InstanceDirectory>();
        services.AddSingleton<InstanceAddress>();
        services.AddSingleton<InstanceClient>();
        services.AddSingleton<LedgerOwner>();
        services.AddSingleton<IBatchForwarder, ForwardingBatchWriter>();
        services.AddSingleton<InstanceWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<InstanceWatch>());
        services.AddHostedService<LedgerTail>();
    }
}
