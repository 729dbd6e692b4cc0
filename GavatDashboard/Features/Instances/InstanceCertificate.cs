using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace GavatDashboard.Features.Instances;

/// <summary>Whether instances can verify each other's certificates. What the machine trusts is trusted; there is nothing else to configure.</summary>
internal static class InstanceCertificate
{
    /// <summary>What to do about one that is refused.</summary>
    public const string Remedy = "Let this machine trust the authority that signed its certificate (SSL_CERT_FILE or SSL_CERT_DIR), "
        + "or give that instance a certificate that is valid now and names the host in its address (Instance__Address).";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>What is wrong with a certificate, in few words and without a full stop.</summary>
    public static string Describe(AuthenticationException refused) => (refused.InnerException ?? refused).Message.TrimEnd('.');

    /// <summary>Meets an address as another instance would.</summary>
    /// <returns>Why its certificate is not one to trust, without a full stop; null where it is.</returns>
    public static async Task<string?> FindFaultAsync(Uri address, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Patience);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address.Host.Trim('[', ']'), address.Port, timeout.Token);
            await using var secured = new SslStream(client.GetStream());
            await secured.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.IdnHost }, timeout.Token);
            return null;
        }
        catch (AuthenticationException refused)
        {
            return Describe(refused);
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            return failure.Message.TrimEnd('.');
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "nothing answered there in time";
        }
    }
}
