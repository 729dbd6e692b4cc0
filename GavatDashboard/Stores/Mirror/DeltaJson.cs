using System.Text.Json;
using System.Text.Json.Serialization;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Mirror;

/// <summary>A decided batch as bytes, so that it can be noted before it is committed and applied after a restart.</summary>
internal static class DeltaJson
{
    private static readonly JsonSerializerOptions Options = new() { Converters = { new CoinAmountConverter(), new EntryTypeConverter() } };

    public static byte[] Serialize(LedgerDelta delta) => JsonSerializer.SerializeToUtf8Bytes(delta, Options);

    /// <exception cref="JsonException">It is no batch.</exception>
    public static LedgerDelta Deserialize(byte[] payload) =>
        JsonSerializer.Deserialize<LedgerDelta>(payload, Options) ?? throw new JsonException("The batch is empty.");

    private sealed class CoinAmountConverter : JsonConverter<CoinAmount>
    {
        public override CoinAmount Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetInt64());

        public override void Write(Utf8JsonWriter writer, CoinAmount value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
    }

    private sealed class EntryTypeConverter : JsonConverter<EntryType>
    {
        public override EntryType Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            EntryType.FromStore(reader.GetString() ?? throw new JsonException("The type of an entry is missing."));

        public override void Write(Utf8JsonWriter writer, EntryType value, JsonSerializerOptions options) => writer.WriteStringValue(value.Code);
    }
}
