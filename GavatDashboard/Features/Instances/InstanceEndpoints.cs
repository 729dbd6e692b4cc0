using System.Text.Json;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Failover;

namespace GavatDashboard.Features.Instances;

/// <summary>What the owner of the ledger does for the other instances. Only who reads the ledger's database can sign a request.</summary>
internal static class InstanceEndpoints
{
    /// <summary>Where batches are written, where the owner tells how it stands, and where it is asked to give the ledger up.</summary>
    public const string Path = "/instances/ledger";

    /// <summary>Maps the endpoints, where other instances can be there.</summary>
    public static void MapInstances(this WebApplication app)
    {
        if (app.Services.GetRequiredService<InstanceDirectory>().IsShared)
        {
            app.MapMethods(Path, [HttpMethods.Get, HttpMethods.Post, HttpMethods.Delete], AnswerAsync).AllowAnonymous().DisableAntiforgery().ExcludeFromDescription();
        }
    }

    private static async Task AnswerAsync(HttpContext context, InstanceDirectory directory, FailoverCoordinator coordinator, ILedgerWriter writer, TimeProvider time)
    {
        var cancellationToken = context.RequestAborted;
        var request = context.Request;
        var body = await ReadAsync(request, cancellationToken);
        var header = request.Headers[InstanceSignature.RequestHeader].ToString();
        if (directory.Secret is not { } secret || !InstanceSignature.IsValid(secret, header, request.Method, Path, body, time.GetUtcNow()))
        {
            await RefuseAsync(context, StatusCodes.Status401Unauthorized, "The request is not signed by an instance of this ledger.");
            return;
        }

        object answer;
        if (HttpMethods.IsGet(request.Method))
        {
            answer = Describe(coordinator.Current);
        }
        else if (HttpMethods.IsDelete(request.Method))
        {
            // What has begun is brought to its end, whether or not somebody still waits for it.
            await coordinator.GiveUpAsync(InstanceSignature.SenderOf(header), CancellationToken.None);
            answer = Describe(coordinator.Current);
        }
        else
        {
            var batch = JsonSerializer.Deserialize<ForwardedBatch>(body, InstanceJson.Options) ?? throw new JsonException("A forwarded batch is empty.");
            if (batch.Owner != directory.Self || !coordinator.IsOwner)
            {
                await RefuseAsync(context, StatusCodes.Status421MisdirectedRequest, "This is not the instance that is meant, or it does not own the ledger.");
                return;
            }

            answer = new ForwardedAnswers(await Task.WhenAll(Begin(batch.Operations, writer, cancellationToken)));
        }

        var bytes = JsonSerializer.SerializeToUtf8Bytes(answer, answer.GetType(), InstanceJson.Options);
        context.Response.Headers[InstanceSignature.AnswerHeader] = InstanceSignature.SignAnswer(secret, header, bytes);
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(bytes, cancellationToken);
    }

    private static Task RefuseAsync(HttpContext context, int status, string why)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(why, context.RequestAborted);
    }

    private static OwnerWord Describe(FailoverSnapshot now) => new(now.Instance, now.State.ToCode(), now.IsOwner, now.Epoch, now.Backlog.Operations);

    /// <summary>Hands the operations to the writer in their order, before any is waited for: they form a batch here as they did there.</summary>
    private static List<Task<ForwardedAnswer>> Begin(IReadOnlyList<LedgerOperation> operations, ILedgerWriter writer, CancellationToken cancellationToken) =>
        [.. operations.Select(operation => WriteAsync(operation, writer, cancellationToken))];

    private static async Task<ForwardedAnswer> WriteAsync(LedgerOperation operation, ILedgerWriter writer, CancellationToken cancellationToken)
    {
        try
        {
            return new ForwardedAnswer(await writer.WriteAsync(operation, cancellationToken));
        }
        catch (Exception failure) when (failure is StoreUnavailableException or LedgerBusyException)
        {
            return new ForwardedAnswer(null, failure.Message);
        }
        catch (Exception bug) when (bug is not OperationCanceledException)
        {
            // The writer has logged it. The others of the batch are answered, and this one fails where it came from.
            return new ForwardedAnswer(null, $"The owner of the ledger cannot write this operation: {bug.Message}", IsBug: true);
        }
    }

    private static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellationToken);
        return body.ToArray();
    }
}
