using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Analysis;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Demo;

/// <summary>
/// Analyses the demo community as of earlier weeks, so that it has moved when somebody looks: the analyzer's own rules on the demo's own
/// entries. What an account had earned and spent in all by then is not looked up: it counts as it is now.
/// </summary>
internal sealed class DemoPast(
    IHistorySource histories, IProfileStore profiles, ActiveAnalyzer active, PopulationFits fits, AnalysisBatches batches, IOptions<AnalysisOptions> options)
{
    private const int Weeks = 12;

    /// <summary>Learns how they buy, notes how everybody moved, and has them analysed as they are now.</summary>
    /// <exception cref="StoreUnavailableException">A store cannot be reached.</exception>
    public async Task NoteAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        fits.TryStart();
        await fits.Ended.WaitAsync(cancellationToken);
        var heads = new Dictionary<string, ProfileHead>(StringComparer.Ordinal);
        for (var week = Weeks; week > 0; week--)
        {
            await NoteAsync(now.AddDays(-7 * week), heads, cancellationToken);
        }

        batches.TryStart(BatchKind.Full, DemoCommunity.Actor);
    }

    private async Task NoteAsync(DateTimeOffset at, Dictionary<string, ProfileHead> heads, CancellationToken cancellationToken)
    {
        var (everybody, after) = (new DueQuery(BatchKind.Full, DateTimeOffset.MaxValue, active.Current.Version), string.Empty);
        var changes = new List<ProfileChange>();
        while (await histories.ListDueAsync(everybody, after, options.Value.BatchSize, cancellationToken) is { Count: > 0 } users)
        {
            var batch = await histories.LoadAsync(users, at, cancellationToken);
            foreach (var profile in batch.Histories.Where(history => history.User.RegisteredAt <= at).Select(history => active.Current.Analyze(history, at)))
            {
                changes.AddRange(ProfileChange.Between(heads.GetValueOrDefault(profile.UserId), profile));
                heads[profile.UserId] = new(profile.UserId, profile.Segment, profile.RiskLevel, at);
            }

            after = users[^1];
        }

        var counts = heads.Values.CountBy(head => head.Segment).ToDictionary();
        var day = DateOnly.FromDateTime(at.UtcDateTime);
        await profiles.AddPastAsync(changes, [.. AnalysisCodes.Segments.Select(segment => new SegmentDay(day, segment, counts.GetValueOrDefault(segment)))], cancellationToken);
    }
}
