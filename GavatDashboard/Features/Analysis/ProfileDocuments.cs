using System.Text.Json;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Analysis;

namespace GavatDashboard.Features.Analysis;

/// <summary>Profiles as the document store keeps them.</summary>
internal static class ProfileDocuments
{
    public static ProfileDocument ToDocument(UserProfile profile) => new(
        profile.UserId, profile.Segment.ToCode(), profile.RiskLevel.ToCode(), profile.Score, profile.Engagement,
        profile.RuleSetVersion, profile.AnalysedAt, AnalysisJson.Write(profile));

    /// <exception cref="JsonException">It was written by another version of this program.</exception>
    public static UserProfile FromDocument(ProfileDocument document) => AnalysisJson.Read<UserProfile>(document.Json);
}
