using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace GavatDashboard.Tests.Features.Instances;

/// <summary>An authority of the test's own, and the files of the certificates that it signs.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("gavat-authority-");
    private readonly X509Certificate2 own;

    public TestAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        own = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        File.WriteAllText(CertificatePath, own.ExportCertificatePem());
    }

    /// <summary>Its own certificate, which those trust who trust it.</summary>
    public string CertificatePath => Path.Combine(folder.FullName, "authority.pem");

    /// <summary>What makes a process trust it, and nobody else.</summary>
    public KeyValuePair<string, string> Trust => new("SSL_CERT_FILE", CertificatePath);

    /// <summary>Signs a certificate for the loopback address.</summary>
    /// <returns>The settings of a process that shows it wherever it listens on https.</returns>
    public IReadOnlyDictionary<string, string> Sign(string name, DateTimeOffset? validUntil = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var ip))
        {
            names.AddIpAddress(ip);
        }
        else
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(own, own.NotBefore, validUntil ?? own.NotAfter, Guid.NewGuid().ToByteArray());
        var (certificate, secret) = (Path.Combine(folder.FullName, $"{name}.pem"), Path.Combine(folder.FullName, $"{name}.key"));
        File.WriteAllText(certificate, signed.ExportCertificatePem());
        File.WriteAllText(secret, key.ExportPkcs8PrivateKeyPem());
        return new Dictionary<string, string>
        {
            ["Kestrel__Certificates__Default__Path"] = certificate,
            ["Kestrel__Certificates__Default__KeyPath"] = secret,
        };
    }

    public void Dispose()
    {
        own.Dispose();
        folder.Delete(recursive: true);
    }
}
