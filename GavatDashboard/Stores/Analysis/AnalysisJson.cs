using System.Text.Json;
using System.Text.Json.Serialization;
using GavatDashboard.Domain.Analysis;

namespace GavatDashboard.Stores.Analysis;

/// <summary>Profiles and what belongs to them as JSON: the same in every store and in the cache.</summary>
internal static class AnalysisJson
{
    /// <summary>Codes in lower case, and nothing where nothing is.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <exception cref="JsonException">It was written by another version of this program.</exception>
    public static T Read<T>(string json)
        where T : class => JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException($"There is no {typeof(T).Name} in it.");

    /// <summary>A profile, or null where another version of this program wrote it: it is as good as none, and soon made again.</summary>
    public static UserProfile? ReadProfile(string json)
    {
        try
        {
            return Read<UserProfile>(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
