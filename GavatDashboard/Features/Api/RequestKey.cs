using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Api;

/// <summary>The idempotency key of a request: the caller's own, or one made here before anything else is done.</summary>
/// <param name="Value">The key.</param>
internal sealed record RequestKey(string Value)
{
    /// <summary>The header that carries it, in the request and in the answer.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>Reads the key from the header, or makes one, and puts it on the answer.</summary>
    /// <exception cref="BadHttpRequestException">The header is there and is no key.</exception>
    public static ValueTask<RequestKey?> BindAsync(HttpContext context)
    {
        var given = context.Request.Headers[Header];
        var key = given.Count switch
        {
            0 => $"edge:{Guid.CreateVersion7():N}",
            1 when IsUsable(given[0]) => given[0]!,
            _ => throw new BadHttpRequestException(
                $"{Header}: send one key of 1 to {LedgerOperation.MaxKeyLength} ASCII characters without control characters, or leave the header away."),
        };
        context.Response.Headers[Header] = key;
        return new(new RequestKey(key));
    }

    // ASCII alone, because the answer's header gives it back.
    private static bool IsUsable(string? key) =>
        key is { Length: > 0 and <= LedgerOperation.MaxKeyLength } && key.All(c => c is >= ' ' and <= '~') && !string.IsNullOrWhiteSpace(key);
}
