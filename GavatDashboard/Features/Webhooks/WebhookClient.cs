using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using GavatDashboard.Features.Health;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Webhooks;

/// <summary>Sends a delivery once. Only an answer of 2xx means that it was taken; its body is of no interest and is not read.</summary>
internal sealed class WebhookClient(IHttpClientFactory clients, IOptions<WebhookOptions> options, TimeProvider time)
{
    /// <summary>The name of the client among those of the factory.</summary>
    public const string ClientName = "webhooks";

    private const string EventHeader = "Gavat-Event";
    private const string DeliveryHeader = "Gavat-Delivery";

    /// <summary>Sends.</summary>
    /// <exception cref="OperationCanceledException">Whoever asked does not want it any more; it may have been taken.</exception>
    public async Task<WebhookAnswer> SendAsync(WebhookEndpoint endpoint, WebhookDelivery delivery, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Value.Timeout);
        try
        {
            using var client = clients.CreateClient(ClientName);
            using var request = Request(endpoint, delivery);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return response.IsSuccessStatusCode ? new(null) : new(Describe((int)response.StatusCode), WishOf(response.Headers.RetryAfter));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(string.Create(CultureInfo.InvariantCulture, $"It did not answer within {options.Value.TimeoutSeconds:0.##} s."));
        }
        catch (HttpRequestException failure)
        {
            return new(ProbeRunner.Describe(failure));
        }
    }

    private HttpRequestMessage Request(WebhookEndpoint endpoint, WebhookDelivery delivery)
    {
        var body = Encoding.UTF8.GetBytes(delivery.Body);
        var request = new HttpRequestMessage(HttpMethod.Post, endpoint.Target)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json", "utf-8") } },
        };
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("GavatDashboard", null));
        request.Headers.TryAddWithoutValidation(EventHeader, delivery.Event);
        request.Headers.TryAddWithoutValidation(DeliveryHeader, delivery.Id.ToString("D"));
        if (endpoint.IsSigned)
        {
            request.Headers.TryAddWithoutValidation(WebhookSignature.Header, WebhookSignature.Sign(endpoint.Secret, body, time.GetUtcNow()));
        }

        return request;
    }

    private static string Describe(int status) => status is >= 300 and < 400
        ? string.Create(CultureInfo.InvariantCulture, $"It answered with status {status}; redirects are not followed.")
        : string.Create(CultureInfo.InvariantCulture, $"It answered with status {status}.");

    private TimeSpan? WishOf(RetryConditionHeaderValue? wish) => wish?.Delta ?? (wish?.Date is { } at ? at - time.GetUtcNow() : null);
}
