using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace GavatDashboard.Tests.Faults.Harness;

/// <summary>One request of the oracle and all that it was told about it.</summary>
internal sealed class OracleRequest(string key, string user, string type, string path, string body, long amount)
{
    public string Key => key;

    public string User => user;

    /// <summary>Signed coins.</summary>
    public long Amount => amount;

    /// <summary>The entry it was acknowledged with; null before, and where it makes none.</summary>
    public Guid? Entry { get; private set; }

    /// <summary>Whether the last answer settled it for good.</summary>
    public bool IsSettled { get; private set; }

    /// <summary>Whether it was acknowledged.</summary>
    public bool IsAcknowledged { get; private set; }

    /// <summary>The balance after it, as it was told.</summary>
    public long? After { get; private set; }

    /// <summary>Earns or spends.</summary>
    public static OracleRequest Post(string key, string user, string type, long? amount, long price)
    {
        var isEarn = type.StartsWith("earn_", StringComparison.Ordinal);
        var body = amount is { } coins
            ? string.Create(CultureInfo.InvariantCulture, $$"""{"type":"{{type}}","amount":{{coins}}}""")
            : $$"""{"type":"{{type}}"}""";
        return new OracleRequest(key, user, type, $"/api/v1/coins/{user}/{(isEarn ? "earn" : "spend")}", body, (isEarn ? 1 : -1) * (amount ?? price));
    }

    /// <summary>Undoes an entry of an amount.</summary>
    public static OracleRequest Reverse(string key, string user, Guid entry, long amount) =>
        new(key, user, "reversal", $"/api/v1/coins/entries/{entry}/reverse", """{"reason":"by the oracle"}""", -amount);

    /// <summary>Notes something that the user did.</summary>
    public static OracleRequest Activity(string key, string user) =>
        new(key, user, "activity", $"/api/v1/users/{user}/activity", """{"kind":"login"}""", 0);

    /// <summary>Sends it, writes down what came of it, and holds it against what it was told before.</summary>
    public async Task SendAsync(HttpClient client, History history)
    {
        await history.AddAsync(Line(HistoryEvent.Invoke));
        var (happened, note, answer) = await AskAsync(client);
        using (answer)
        {
            await history.AddAsync(Judge(happened, note, answer));
        }
    }

    private HistoryLine Judge(HistoryEvent happened, string? note, JsonDocument? answer)
    {
        var (wasAcknowledged, entry) = (IsAcknowledged, Entry);
        switch (happened)
        {
            case HistoryEvent.Ok:
                var body = answer!.RootElement;
                var isAgain = body.GetProperty("replayed").GetBoolean();
                var told = type == "activity" ? Guid.Parse(body.GetProperty("eventId").GetString()!) : Guid.Parse(body.GetProperty("entryId").GetString()!);
                long? after = type == "activity" ? null : body.GetProperty("balanceAfter").GetInt64();
                if (wasAcknowledged && (told != entry || after != After || !isAgain))
                {
                    return Line(HistoryEvent.Contradiction) with { Note = $"it was {entry} with {After} after it, and now is {told} with {after}, replayed: {isAgain}" };
                }

                // A first answer may be a replay too: a batch that failed on the one ledger is sent again to the other.
                (Entry, After, IsAcknowledged, IsSettled) = (told, after, true, true);
                return Line(HistoryEvent.Ok) with { Entry = type == "activity" ? null : told, After = after };
            case HistoryEvent.Refused when wasAcknowledged:
                return Line(HistoryEvent.Contradiction) with { Note = $"it was acknowledged as {entry}, and now is refused: {note}" };
            case HistoryEvent.Refused:
                IsSettled = true;
                return Line(HistoryEvent.Refused) with { Note = note };
            case HistoryEvent.Unknown:
                return Line(HistoryEvent.Unknown) with { Note = note };
            default:
                return Line(HistoryEvent.Failed) with { Note = note };
        }
    }

    private async Task<(HistoryEvent Event, string? Note, JsonDocument? Answer)> AskAsync(HttpClient client)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative))
            {
                Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
            };
            request.Headers.Add("Idempotency-Key", key);
            using var response = await client.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            return response.StatusCode switch
            {
                HttpStatusCode.OK => (HistoryEvent.Ok, null, JsonDocument.Parse(text)),
                HttpStatusCode.TooManyRequests => (HistoryEvent.Failed, text, null),
                HttpStatusCode.ServiceUnavailable => (IsOpen(text) ? HistoryEvent.Unknown : HistoryEvent.Failed, text, null),
                >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError => (HistoryEvent.Refused, text, null),
                _ => (HistoryEvent.Unknown, $"{(int)response.StatusCode}: {text}", null),
            };
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConnectionError)
        {
            return (HistoryEvent.Failed, exception.Message, null); // nobody took the call, so nothing was sent
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or JsonException)
        {
            return (HistoryEvent.Unknown, exception.Message, null);
        }
    }

    /// <summary>A 503 is open unless it says that nothing happened.</summary>
    private static bool IsOpen(string problem)
    {
        using var json = JsonDocument.Parse(problem);
        return json.RootElement.TryGetProperty("mayHaveHappened", out var may)
            ? may.GetBoolean()
            : json.RootElement.GetProperty("code").GetString() != "ledger_busy";
    }

    private HistoryLine Line(HistoryEvent happened) => new() { Event = happened, Key = key, User = user, Type = type, Amount = amount };
}
