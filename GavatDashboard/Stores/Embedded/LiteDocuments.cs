using LiteDB;

namespace GavatDashboard.Stores.Embedded;

/// <summary>Documents to LiteDB's form and back.</summary>
internal static class LiteDocuments
{
    public static BsonDocument ToBson(StoredDocument document)
    {
        var bson = ToBson(document.Fields);
        bson["_id"] = document.Id;
        return bson;
    }

    public static Func<string, object?> FieldsOf(BsonDocument document) => name => document.TryGetValue(name, out var value)
        ? value.Type switch
        {
            BsonType.Null => null,
            BsonType.Int32 or BsonType.Int64 => value.AsInt64,
            BsonType.String => value.AsString,
            BsonType.Boolean => value.AsBoolean,
            BsonType.DateTime => value.AsDateTime.ToUniversalTime(),
            BsonType.Binary => value.AsBinary,
            _ => throw new InvalidDataException($"The field '{name}' of the document '{document["_id"]}' is of the type {value.Type}, which none of ours is."),
        }
        : null;

    private static BsonDocument ToBson(IReadOnlyList<(string Name, object? Value)> fields)
    {
        var bson = new BsonDocument();
        foreach (var (name, value) in fields)
        {
            bson[name] = ToBson(value);
        }

        return bson;
    }

    private static BsonValue ToBson(object? value) => value switch
    {
        null => BsonValue.Null,
        long number => new BsonValue(number),
        string text => new BsonValue(text),
        bool truth => new BsonValue(truth),
        DateTime instant => new BsonValue(instant),
        byte[] bytes => new BsonValue(bytes),
        IReadOnlyList<(string, object?)>[] rows => new BsonArray(rows.Select(ToBson)),
        _ => throw new ArgumentOutOfRangeException(nameof(value), value.GetType(), "No document holds this type."),
    };
}
