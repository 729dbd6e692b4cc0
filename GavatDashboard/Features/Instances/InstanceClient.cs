using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text.Json;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Instances;

/// <summary>Asks another instance over HTTP, and takes no answer that is not signed for the question.</summary>
internal sealed class InstanceClient(InstanceDirectory directory, TimeProvider time) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(1),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Asks.</summary>
    /// <param name="whom">The other instance.</param>
    /// <param name="method">The method.</param>
    /// <param name="path">The path.</param>
    /// <param name="question">What is sent; null for nothing.</param>
    /// <param name="cancellationToken">Gives up; what was asked for may still be done.</param>
    /// <exception cref="StoreUnavailableException">It does not answer, or is not the one that was meant; the exception says whether it may have been done.</exception>
    public async Task<TAnswer> AskAsync<TAnswer>(InstanceSighting whom, HttpMethod method, string path, object? question, CancellationToken cancellationToken)
    {
        if (directory.Secret is not { } secret)
        {
            throw Unreachable(whom, "the secret that instances share is not known before the primary has answered once", mayHaveHappened: false);
        }

        var body = question is null ? [] : JsonSerializer.SerializeToUtf8Bytes(question, InstanceJson.Options);
        var header = InstanceSignature.Sign(secret, directory.Self, method.Method, path, body, time.GetUtcNow());
        using var request = new HttpRequestMessage(method, new Uri(new Uri(whom.Address), path));
        request.Headers.TryAddWithoutValidation(InstanceSignature.RequestHeader, header);
        if (question is not null)
        {
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        }

        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return response.StatusCode == HttpStatusCode.OK
                ? Read<TAnswer>(whom, answer, InstanceSignature.IsValidAnswer(secret, header, answer, Header(response)))
                : throw Unreachable(whom, Describe(response.StatusCode), mayHaveHappened: (int)response.StatusCode >= 500);
        }
        catch (HttpRequestException failure) when (failure is { HttpRequestError: HttpRequestError.SecureConnectionError, InnerException: AuthenticationException })
        {
            throw Distrusted(whom, (AuthenticationException)failure.InnerException);
        }
        catch (HttpRequestException failure)
        {
            var neverSent = failure.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError;
            throw Unreachable(whom, failure.Message, mayHaveHappened: !neverSent, failure);
        }
        catch (IOException failure)
        {
            throw Unreachable(whom, failure.Message, mayHaveHappened: true, failure);
        }
    }

    public void Dispose() => _http.Dispose();

    private static TAnswer Read<TAnswer>(InstanceSighting whom, byte[] answer, bool isSigned)
    {
        if (!isSigned)
        {
            throw Unreachable(whom, "what answers there does not share the instances' secret", mayHaveHappened: true);
        }

        return JsonSerializer.Deserialize<TAnswer>(answer, InstanceJson.Options) ?? throw new JsonException($"The instance '{whom.Instance}' answered with nothing.");
    }

    private static string? Header(HttpResponseMessage response) =>
        response.Headers.TryGetValues(InstanceSignature.AnswerHeader, out var values) ? values.FirstOrDefault() : null;

    private static string Describe(HttpStatusCode status) => status switch
    {
        HttpStatusCode.MisdirectedRequest => "it does not own the ledger (any more)",
        HttpStatusCode.Unauthorized => "it does not take this instance's signature",
        _ => FormattableString.Invariant($"it answers with status {(int)status}"),
    };

    /// <summary>Who answers there is not known to be that instance. It got nothing, and a person has to help.</summary>
    private static StoreUnavailableException Distrusted(InstanceSighting whom, AuthenticationException refused) =>
        new(
            StoreKind.PostgreSql,
            $"The instance '{whom.Instance}' at {whom.Address} is not trusted: {InstanceCertificate.Describe(refused)}. Nothing was sent to it. {InstanceCertificate.Remedy}",
            mayHaveHappened: false,
            refused)
        { IsOwnerAway = true, IsOwnerDistrusted = true };

    private static StoreUnavailableException Unreachable(InstanceSighting whom, string why, bool mayHaveHappened, Exception? failure = null) =>
        new(StoreKind.PostgreSql, $"The instance '{whom.Instance}' at {whom.Address} cannot be asked: {why}.", mayHaveHappened, failure) { IsOwnerAway = true };
}
