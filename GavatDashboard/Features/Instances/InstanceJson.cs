using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Instances;

/// <summary>How operations and what became of them are written between instances. Every kind that the ledger knows is known here.</summary>
internal static class InstanceJson
{
    private const string Kind = "$kind";

    /// <summary>The settings of both ends.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        IgnoreReadOnlyProperties = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new EntryTypeConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { NameKinds } },
    };

    private static void NameKinds(JsonTypeInfo type)
    {
        if (type.Type != typeof(LedgerOperation) && type.Type != typeof(OperationResult))
        {
            return;
        }

        type.PolymorphismOptions = new JsonPolymorphismOptions { TypeDiscriminatorPropertyName = Kind, UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization };
        foreach (var kind in type.Type.Assembly.GetTypes().Where(each => each.IsSubclassOf(type.Type) && !each.IsAbstract))
        {
            type.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(kind, kind.Name));
        }
    }

    /// <summary>An entry type is its code: the rules that hang on it are the reader's own.</summary>
    private sealed class EntryTypeConverter : JsonConverter<EntryType>
    {
        public override EntryType Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            EntryType.TryFind(reader.GetString(), out var type) ? type : throw new JsonException("The other instance names an entry type that this one does not know.");

        public override void Write(Utf8JsonWriter writer, EntryType value, JsonSerializerOptions options) => writer.WriteStringValue(value.Code);
    }
}
