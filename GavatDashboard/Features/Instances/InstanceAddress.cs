using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Instances;

/// <summary>Where the other instances reach this one: as configured, or where it listens.</summary>
internal sealed class InstanceAddress(IServer server, IHostApplicationLifetime lifetime, IOptions<InstanceOptions> options)
{
    /// <summary>The address; it is known once the application listens.</summary>
    public async Task<string> FindAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Address.Length == 0)
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(cancellationToken);
        }

        return FindNow();
    }

    /// <summary>The address; empty where it is not configured and the application does not listen yet.</summary>
    public string FindNow() =>
        options.Value.Address.Length > 0 ? options.Value.Address : Choose(server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [], Dns.GetHostName());

    /// <summary>
    /// The one that others can use: without a certificate that only browsers of this machine may trust, and with the machine's name where it
    /// listens on all of its addresses.
    /// </summary>
    internal static string Choose(IEnumerable<string> addresses, string host)
    {
        var bindings = addresses.Select(BindingAddress.Parse).ToArray();
        return Array.Find(bindings, each => each.Scheme == Uri.UriSchemeHttp) is { } plain ? ToText(plain, host)
            : bindings is [var first, ..] ? ToText(first, host)
            : string.Empty;
    }

    private static string ToText(BindingAddress binding, string host)
    {
        var isAny = binding.Host is "*" or "+" || (IPAddress.TryParse(binding.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)));
        return FormattableString.Invariant($"{binding.Scheme}://{(isAny ? host : binding.Host)}:{binding.Port}");
    }
}
