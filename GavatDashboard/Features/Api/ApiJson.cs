using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http.Json;

namespace GavatDashboard.Features.Api;

/// <summary>How the API reads and writes JSON: strictly in, in camel case out.</summary>
internal static class ApiJson
{
    /// <summary>Sets the options of all endpoints.</summary>
    public static void Configure(JsonOptions options)
    {
        var json = options.SerializerOptions;
        json.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        json.DictionaryKeyPolicy = null;
        json.NumberHandling = JsonNumberHandling.Strict;

        // Every script is written as it is; what a browser could take for markup is escaped.
        json.Encoder = JavaScriptEncoder.Create(UnicodeRanges.All);

        // Two amounts in one body, or one that is misspelt, must not be guessed at when it moves coins.
        json.AllowDuplicateProperties = false;
        json.PropertyNameCaseInsensitive = false;
        json.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
    }

    /// <summary>A JSON text in its shortest form, so that the same content sent with other white space is the same request.</summary>
    /// <returns>The text, or null where the element holds text that is no Unicode.</returns>
    public static string? Compact(JsonElement element)
    {
        using var buffer = new MemoryStream();
        try
        {
            using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            {
                element.WriteTo(writer);
            }
        }
        catch (InvalidOperationException)
        {
            // An escaped half of a surrogate pair: valid in JSON's grammar, and no text that a store can hold.
            return null;
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>A stored JSON text as a part of an answer.</summary>
    public static JsonElement? Embed(string? json)
    {
        if (json is null)
        {
            return null;
        }

        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}

/// <summary>Reads user ids that are sent as texts or as whole JSON numbers; they are texts everywhere else.</summary>
internal sealed class UserIdConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.GetString();
        }

        if (reader.TokenType == JsonTokenType.Number)
        {
            // The grammar leaves digits after a minus sign, or a fraction or exponent, which no id has.
            var text = Encoding.ASCII.GetString(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan);
            if (text.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0)
            {
                return text;
            }
        }

        throw new JsonException("A user id is a text or a whole number.");
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
