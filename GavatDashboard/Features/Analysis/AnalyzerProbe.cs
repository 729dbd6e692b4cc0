using System.Globalization;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Health;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Analysis;

/// <summary>
/// Analyses the canary account from the ledger, keeps the profile, reads it back, and looks whether the analyzer's loop is
/// alive. What the canary's profile must say is known: only admin entries move it, so it never spends.
/// </summary>
internal sealed class AnalyzerProbe(AnalyzerService analyzer, IDocumentStore documents, ILedgerWriter writer) : IComponentProbe
{
    private const string Actor = "system:health";

    /// <inheritdoc />
    public string ComponentId => ComponentIds.Analyzer;

    /// <inheritdoc />
    public string DisplayName => ComponentIds.NameOf(ComponentId);

    /// <inheritdoc />
    public async Task<ProbeAnswer> ProbeAsync(CancellationToken cancellationToken)
    {
        if (analyzer.SinceTick is null)
        {
            return new ProbeAnswer(ComponentStatus.Unknown, "Its loop has not had a round yet.");
        }

        var profile = await analyzer.AnalyzeAsync(SystemAccounts.Canary, cancellationToken)
            ?? await CreateAndAnalyzeAsync(cancellationToken);
        if (profile.Rfm.Monetary != 0 || profile.DecidedBy.Rule.Length == 0)
        {
            return new ProbeAnswer(ComponentStatus.Unhealthy, $"The canary never spends, and its profile says {profile.Rfm.Monetary} coins.");
        }

        var kept = await KeepAndReadAsync(profile, cancellationToken);
        return Judge(profile, kept);
    }

    private ProbeAnswer Judge(UserProfile profile, string? fault)
    {
        var details = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["rules"] = analyzer.RuleSetVersion,
            ["waiting"] = analyzer.Waiting.ToString(CultureInfo.InvariantCulture),
            ["analysed"] = analyzer.Analysed.ToString(CultureInfo.InvariantCulture),
        };
        if (analyzer.IsOverdue)
        {
            return new ProbeAnswer(ComponentStatus.Unhealthy, "Its loop has stopped; users are analysed on request only.", details);
        }

        return fault is null
            ? new ProbeAnswer(
                ComponentStatus.Healthy,
                $"The canary account was analysed ({profile.Segment.ToCode()}, by rule {profile.DecidedBy.Rule}), its profile kept and read back.",
                details)
            : new ProbeAnswer(ComponentStatus.Degraded, $"The canary account was analysed, but its profile cannot be kept: {fault}", details);
    }

    private async Task<UserProfile> CreateAndAnalyzeAsync(CancellationToken cancellationToken)
    {
        // On a new ledger this probe may be here before the coin service's. Whoever comes second is refused, which is well.
        await writer.WriteAsync(
            new CreateUser
            {
                IdempotencyKey = $"canary:{Guid.CreateVersion7():N}:create", Actor = Actor, UserId = SystemAccounts.Canary, Username = "health canary",
            },
            cancellationToken);
        return await analyzer.AnalyzeAsync(SystemAccounts.Canary, cancellationToken)
            ?? throw new InvalidOperationException("The canary account cannot be made.");
    }

    private async Task<string?> KeepAndReadAsync(UserProfile profile, CancellationToken cancellationToken)
    {
        try
        {
            await documents.PutProfilesAsync([ProfileDocuments.ToDocument(profile)], cancellationToken);
            return await documents.FindProfileAsync(profile.UserId, cancellationToken) is { } kept && kept.AnalysedAt >= profile.AnalysedAt.AddSeconds(-1)
                ? null
                : "it was not found again.";
        }
        catch (StoreUnavailableException outage)
        {
            return outage.Message;
        }
    }
}
