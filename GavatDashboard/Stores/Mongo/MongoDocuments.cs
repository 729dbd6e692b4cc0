using MongoDB.Bson;

namespace GavatDashboard.Stores.Mongo;

/// <summary>Documents to the driver's form and back.</summary>
internal static class MongoDocuments
{
    public static BsonDocument ToBson(StoredDocument document)
    {
        var bson = ToBson(document.Fields);
        bson.InsertAt(0, new BsonElement("_id", document.Id));
        return bson;
    }

    public static Func<string, object?> FieldsOf(BsonDocument document) => name => document.TryGetValue(name, out var value)
        ? value.BsonType switch
        {
            BsonType.Null => null,
            BsonType.Int32 or BsonType.Int64 or BsonType.Double => value.ToInt64(),
            BsonType.String => value.AsString,
            BsonType.Boolean => value.AsBoolean,
            BsonType.DateTime => value.ToUniversalTime(),
            BsonType.Binary => value.AsByteArray,
            _ => throw new InvalidDataException($"The field '{name}' of the document '{document.GetValue("_id", BsonNull.Value)}' is of the type {value.BsonType}, which none of ours is."),
        }
        : null;

    private static BsonDocument ToBson(IReadOnlyList<(string Name, object? Value)> fields)
    {
        var bson = new BsonDocument();
        foreach (var (name, value) in fields)
        {
            bson.Add(name, ToBson(value));
        }

        return bson;
    }

    private static BsonValue ToBson(object? value) => value switch
    {
        null => BsonNull.Value,
        long number => new BsonInt64(number),
        string text => new BsonString(text),
        bool truth => truth ? BsonBoolean.True : BsonBoolean.False,
        DateTime instant => new BsonDateTime(instant),
        byte[] bytes => new BsonBinaryData(bytes),
        IReadOnlyList<(string, object?)>[] rows => new BsonArray(rows.Select(ToBson)),
        _ => throw new ArgumentOutOfRangeException(nameof(value), value.GetType(), "No document holds this type."),
    };
}
