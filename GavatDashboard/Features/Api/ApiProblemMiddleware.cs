using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Api;

/// <summary>Sees to it that whatever goes wrong under <c>/api</c> is answered with a problem, never with an empty body or a stack trace.</summary>
internal sealed class ApiProblemMiddleware(RequestDelegate next, ILogger<ApiProblemMiddleware> logger)
{
    /// <summary>The status under which an abandoned request is counted; nobody receives it.</summary>
    private const int ClientClosedRequest = 499;

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller went away: that is no error of ours, and there is nobody to answer.
            SetStatusIfPossible(context, ClientClosedRequest);
            return;
        }
        catch (IOException) when (context.RequestAborted.IsCancellationRequested)
        {
            SetStatusIfPossible(context, ClientClosedRequest);
            return;
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, exception);
            return;
        }

        var response = context.Response;
        if (!response.HasStarted && response.StatusCode >= 400 && response.ContentLength is null && string.IsNullOrEmpty(response.ContentType))
        {
            await ApiProblem.WriteAsync(context, ApiProblem.Describe(ProblemCatalog.ForStatus(response.StatusCode), null), null);
        }
    }

    private static void SetStatusIfPossible(HttpContext context, int status)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.StatusCode = status;
        }
    }

    private async Task AnswerAsync(HttpContext context, Exception exception)
    {
        var (problem, retryAfter) = ApiProblem.Describe(exception);
        switch (exception)
        {
            case BadHttpRequestException:
                break;
            case StoreUnavailableException or LedgerBusyException:
                logger.LogWarning(exception, "{Method} {Route} could not be done.", context.Request.Method, RouteOf(context));
                break;
            default:
                logger.LogError(exception, "{Method} {Route} failed.", context.Request.Method, RouteOf(context));
                break;
        }

        context.Response.ContentLength = null;
        context.Response.Headers.Location = default;
        await ApiProblem.WriteAsync(context, problem, retryAfter);
    }

    /// <summary>The route's pattern: unlike the path it holds nothing that a caller wrote.</summary>
    private static string RouteOf(HttpContext context) =>
        (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(no route)";
}
