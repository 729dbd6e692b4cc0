using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Instances;

/// <summary>Where the other instances reach this one: as configured, or where it listens.</summary>
internal sealed partial class InstanceAddress(IServer server, IHostApplicationLifetime lifetime, IOptions<InstanceOptions> options, ILogger<InstanceAddress> logger)
{
    private string? _met;

    /// <summary>The address; it is known once the application listens, and its certificate was met as the others will meet it.</summary>
    public async Task<string> FindAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Address.Length > 0)
        {
            return options.Value.Address;
        }

        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancellationToken);
        return _met = await MeetAsync(Candidates(), cancellationToken);
    }

    /// <summary>The address; empty where it is not configured and the application does not listen yet.</summary>
    public string FindNow() => options.Value.Address.Length > 0 ? options.Value.Address : _met ?? FindPlain(Candidates());

    /// <summary>
    /// Where others can reach what is listened on, with the machine's name where that is all of its addresses: what other machines reach
    /// comes first, and of that what encrypts.
    /// </summary>
    internal static IReadOnlyList<string> Order(IEnumerable<string> addresses, string host) =>
    [
        .. addresses.Select(BindingAddress.Parse).Select(each => new Uri(ToText(each, host)))
            .OrderBy(each => each.IsLoopback).ThenBy(IsPlain).Select(each => each.GetLeftPart(UriPartial.Authority)),
    ];

    /// <summary>
    /// Takes the first that encrypts under a certificate that this instance would trust itself: what it does not, such as one for this machine's
    /// browsers or for a name that only the outside knows, the others can hardly verify either.
    /// </summary>
    private async Task<string> MeetAsync(IReadOnlyList<string> candidates, CancellationToken cancellationToken)
    {
        foreach (var candidate in candidates)
        {
            var address = new Uri(candidate);
            if (IsPlain(address) || await InstanceCertificate.FindFaultAsync(address, cancellationToken) is not { } fault)
            {
                return candidate;
            }

            LogDistrusted(candidate, fault);
        }

        return candidates is [var first, ..] ? first : string.Empty;
    }

    private static string FindPlain(IReadOnlyList<string> candidates) =>
        candidates.FirstOrDefault(each => IsPlain(new Uri(each))) ?? (candidates is [var first, ..] ? first : string.Empty);

    private static bool IsPlain(Uri address) => address.Scheme == Uri.UriSchemeHttp;

    private static string ToText(BindingAddress binding, string host)
    {
        var isAny = binding.Host is "*" or "+" || (IPAddress.TryParse(binding.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)));
        return FormattableString.Invariant($"{binding.Scheme}://{(isAny ? host : binding.Host)}:{binding.Port}");
    }

    private IReadOnlyList<string> Candidates() => Order(server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [], Dns.GetHostName());

    [LoggerMessage(3205, LogLevel.Warning,
        "Other instances cannot verify the certificate at {Address}: {Fault}. They are given an address without encryption where there is one; for another name or certificate set Instance__Address")]
    private partial void LogDistrusted(string address, string fault);
}
