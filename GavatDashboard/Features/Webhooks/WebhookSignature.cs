using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace GavatDashboard.Features.Webhooks;

/// <summary>
/// How an endpoint knows that a body is ours and new: a keyed hash (HMAC-SHA256) over the time of sending, a full stop and the body. An endpoint
/// that refuses old times cannot be told the same twice by somebody who listened.
/// </summary>
internal static class WebhookSignature
{
    /// <summary>The header.</summary>
    public const string Header = "Gavat-Signature";

    /// <summary>The header's value, <c>t=UNIX-SECONDS,v1=HEX</c>.</summary>
    public static string Sign(string secret, byte[] body, DateTimeOffset now)
    {
        var seconds = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hash.AppendData(Encoding.UTF8.GetBytes($"{seconds}."));
        hash.AppendData(body);
        return $"t={seconds},v1={Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }
}
