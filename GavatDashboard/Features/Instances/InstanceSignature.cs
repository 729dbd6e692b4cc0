using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace GavatDashboard.Features.Instances;

/// <summary>
/// How instances prove to each other that they read the same ledger: each request and each answer carries a keyed hash of itself. The
/// secret never travels, and an answer belongs to one request.
/// </summary>
internal static class InstanceSignature
{
    /// <summary>The header of a request: the sender's name, the time and the hash.</summary>
    public const string RequestHeader = "Gavat-Instance";

    /// <summary>The header of an answer: the hash.</summary>
    public const string AnswerHeader = "Gavat-Instance-Answer";

    /// <summary>Clocks of two machines may differ by this much. A request that is heard again within it is harmless: operations carry keys.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>The header of a request.</summary>
    public static string Sign(byte[] secret, string sender, string method, string path, byte[] body, DateTimeOffset now)
    {
        var seconds = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"{sender} {seconds} {Hash(secret, $"{method}\n{path}\n{sender}\n{seconds}\n", body)}";
    }

    /// <summary>Whether the header of a request is by somebody who has the secret.</summary>
    public static bool IsValid(byte[] secret, string header, string method, string path, byte[] body, DateTimeOffset now)
    {
        if (header.Split(' ') is not [var sender, var seconds, var hash]
            || !long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            || Math.Abs(now.ToUnixTimeSeconds() - at) > Tolerance.TotalSeconds)
        {
            return false;
        }

        return IsSame(Hash(secret, $"{method}\n{path}\n{sender}\n{seconds}\n", body), hash);
    }

    /// <summary>Who signed a request whose header is valid.</summary>
    public static string SenderOf(string header) => header[..header.IndexOf(' ', StringComparison.Ordinal)];

    /// <summary>The header of the answer to a request.</summary>
    public static string SignAnswer(byte[] secret, string requestHeader, byte[] body) => Hash(secret, $"{requestHeader}\n", body);

    /// <summary>Whether the header of an answer is by somebody who has the secret, for this very request.</summary>
    public static bool IsValidAnswer(byte[] secret, string requestHeader, byte[] body, string? header) => header is not null && IsSame(SignAnswer(secret, requestHeader, body), header);

    private static string Hash(byte[] secret, string head, byte[] body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        hash.AppendData(Encoding.UTF8.GetBytes(head));
        hash.AppendData(body);
        return Convert.ToBase64String(hash.GetHashAndReset());
    }

    private static bool IsSame(string left, string right) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(left), Encoding.UTF8.GetBytes(right));
}
