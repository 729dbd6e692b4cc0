using System.Text.Json;
using System.Text.Json.Serialization;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Analysis;

/// <summary>Profiles as the document store keeps them.</summary>
internal static class ProfileDocuments
{
    /// <summary>How a profile is written as JSON: codes in lower case.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static ProfileDocument ToDocument(UserProfile profile) => new(
        profile.UserId, profile.Segment.ToCode(), profile.RiskLevel.ToCode(), profile.Score, profile.Engagement,
        profile.RuleSetVersion, profile.AnalysedAt, JsonSerializer.Serialize(profile, Json));

    /// <exception cref="JsonException">It was written by another version of this program.</exception>
    public static UserProfile FromDocument(ProfileDocument document) =>
        JsonSerializer.Deserialize<UserProfile>(document.Json, Json) ?? throw new JsonException("The profile is empty.");
}
