using System.Text.Json;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Features.Audit;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Analysis;

/// <summary>The rules that hold, what others would change, and their publication, which is versioned and audited.</summary>
internal sealed class RuleSets(
    ActiveAnalyzer active, AnalysisBatches batches, IHistorySource histories, IAnalysisRecords records, IAuditLog audit,
    IOptions<AnalysisOptions> options, TimeProvider time, ILogger<RuleSets> logger) : IDisposable
{
    private const int MostExamples = 200;
    private readonly SemaphoreSlim _publishing = new(1, 1);
    private readonly LongWork<RuleSetPreview> _preview = new("preview of rules", time, logger);

    /// <summary>The rules that hold now.</summary>
    public RuleSet Current => active.Current.Rules;

    /// <summary>How the preview stands.</summary>
    public WorkStatus<RuleSetPreview> Preview => _preview.Status;

    /// <summary>Completes when the preview that runs now ends.</summary>
    public Task PreviewEnded => _preview.Ended;

    /// <summary>Hears of every step of the preview, on a thread of the pool: return at once.</summary>
    public event Action? PreviewChanged
    {
        add => _preview.Changed += value;
        remove => _preview.Changed -= value;
    }

    /// <summary>Hears that other rules hold, on the publisher's thread: return at once.</summary>
    public event Action? Published;

    /// <summary>Published rule sets, the newest first.</summary>
    /// <exception cref="Domain.Coins.StoreUnavailableException">The store cannot be reached.</exception>
    public Task<IReadOnlyList<PublishedRuleSet>> ListAsync(int limit, CancellationToken cancellationToken) => records.ListRuleSetsAsync(limit, cancellationToken);

    /// <summary>Starts to analyse everybody by other rules, keeping nothing, and to compare with the rules that hold.</summary>
    /// <returns>False where one runs already.</returns>
    /// <exception cref="ArgumentException">The rules are not usable.</exception>
    public bool TryStartPreview(RuleSet rules)
    {
        var other = new UserAnalyzer(rules, active.Current.Population);
        return _preview.TryStart((tell, token) => CompareAsync(active.Current, other, tell, token));
    }

    /// <summary>Asks the preview to stop.</summary>
    public void CancelPreview() => _preview.Cancel();

    /// <summary>Publishes rules: they hold from now on, and everybody is analysed by them.</summary>
    /// <param name="document">The rules.</param>
    /// <param name="basedOn">The version that they were made from; where another holds by now, they are not published.</param>
    /// <param name="reason">Why.</param>
    /// <param name="actor">Who.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="Domain.Coins.StoreUnavailableException">The store cannot be reached; the rules that held still hold.</exception>
    public async Task<RuleSetPublication> PublishAsync(RuleSetDocument document, string basedOn, string reason, string actor, CancellationToken cancellationToken)
    {
        if (document.Read("rules", out var errors) is not { } rules)
        {
            return new RuleSetPublication.Unusable(errors);
        }

        await _publishing.WaitAsync(cancellationToken);
        try
        {
            // Somebody else may have published, here or in another process.
            await active.ReloadAsync(records, cancellationToken);
            if (Current.Version != basedOn)
            {
                return new RuleSetPublication.Outdated(Current.Version, await ListAsync(1, cancellationToken) is [var newest] ? newest.Actor : null);
            }

            await audit.AppendAsync(
                actor, "rules.published", $"rules:{rules.Version}", reason, JsonSerializer.Serialize(new { from = basedOn, to = rules.Version }), cancellationToken);
            await records.PutRuleSetAsync(new(rules.Version, document, reason, actor, time.GetUtcNow()), cancellationToken);
            await active.ReloadAsync(records, cancellationToken);
        }
        finally
        {
            _publishing.Release();
        }

        // A batch that runs goes on by the new rules; whoever it did by the older ones is due in the next.
        batches.TryStart(BatchKind.Incremental, actor);
        Published?.Invoke();
        return new RuleSetPublication.Done(rules.Version);
    }

    public void Dispose()
    {
        _preview.Dispose();
        _publishing.Dispose();
    }

    private async Task<RuleSetPreview> CompareAsync(UserAnalyzer before, UserAnalyzer after, Action<long, long> tell, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var everybody = new DueQuery(BatchKind.Full, now, after.Version);
        var (total, done, last) = (await histories.CountDueAsync(everybody, cancellationToken), 0L, string.Empty);
        var moves = new Dictionary<(Segment, Segment), long>();
        var risks = new Dictionary<(RiskLevel, RiskLevel), long>();
        var examples = new List<RuleSetEffect>();
        while (await histories.ListDueAsync(everybody, last, options.Value.BatchSize, cancellationToken) is { Count: > 0 } users)
        {
            var batch = await histories.LoadAsync(users, now, cancellationToken);
            var effects = batch.Histories.AsParallel().AsOrdered().WithCancellation(cancellationToken).Select(history => Compare(history, before, after, now)).ToList();
            foreach (var effect in effects)
            {
                moves[(effect.SegmentBefore, effect.SegmentAfter)] = moves.GetValueOrDefault((effect.SegmentBefore, effect.SegmentAfter)) + 1;
                risks[(effect.RiskBefore, effect.RiskAfter)] = risks.GetValueOrDefault((effect.RiskBefore, effect.RiskAfter)) + 1;
            }

            examples.AddRange(effects.Where(effect => effect.IsChange).Take(MostExamples - examples.Count));
            (done, last) = (done + users.Count, users[^1]);
            tell(done, Math.Max(total, done));
        }

        return new(
            before.Version, after.Version, done,
            [.. moves.Select(move => new SegmentMove(move.Key.Item1, move.Key.Item2, move.Value)).OrderByDescending(move => move.Users)],
            [.. risks.Select(move => new RiskMove(move.Key.Item1, move.Key.Item2, move.Value)).OrderByDescending(move => move.Users)],
            examples);
    }

    private static RuleSetEffect Compare(UserHistory history, UserAnalyzer before, UserAnalyzer after, DateTimeOffset now)
    {
        var (old, made) = (before.Analyze(history, now), after.Analyze(history, now));
        return new(history.User.Id, history.User.Username, old.Segment, made.Segment, old.RiskLevel, made.RiskLevel, made.DecidedBy.Rule);
    }
}

/// <summary>What other rules would change.</summary>
/// <param name="FromVersion">The rules that hold.</param>
/// <param name="ToVersion">The other rules.</param>
/// <param name="Users">Users that were compared.</param>
/// <param name="Moves">From which segment to which, the most first; those who stay are among them.</param>
/// <param name="Risks">From which risk to which, the most first; those who stay are among them.</param>
/// <param name="Examples">Some of those who would change, at most 200.</param>
public sealed record RuleSetPreview(
    string FromVersion, string ToVersion, long Users, IReadOnlyList<SegmentMove> Moves, IReadOnlyList<RiskMove> Risks, IReadOnlyList<RuleSetEffect> Examples);

/// <summary>What became of rules that somebody wanted to publish.</summary>
public abstract record RuleSetPublication
{
    private RuleSetPublication()
    {
    }

    /// <summary>They hold.</summary>
    /// <param name="Version">Their version.</param>
    public sealed record Done(string Version) : RuleSetPublication;

    /// <summary>They are not usable, and nothing was changed.</summary>
    /// <param name="Errors">Why.</param>
    public sealed record Unusable(IReadOnlyList<string> Errors) : RuleSetPublication;

    /// <summary>Others were published since they were made, and nothing was changed.</summary>
    /// <param name="Version">The version that holds.</param>
    /// <param name="Actor">Who published it, or null where it is the configuration's.</param>
    public sealed record Outdated(string Version, string? Actor) : RuleSetPublication;
}

/// <summary>Users who would go from one risk level to another.</summary>
/// <param name="From">The level before.</param>
/// <param name="To">The level after.</param>
/// <param name="Users">How many.</param>
public sealed record RiskMove(RiskLevel From, RiskLevel To, long Users);

/// <summary>What other rules would change for one user.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Username">The user's name.</param>
/// <param name="SegmentBefore">The segment by the rules that hold.</param>
/// <param name="SegmentAfter">The segment by the other rules.</param>
/// <param name="RiskBefore">The risk by the rules that hold.</param>
/// <param name="RiskAfter">The risk by the other rules.</param>
/// <param name="Rule">The rule that would decide.</param>
public sealed record RuleSetEffect(string UserId, string Username, Segment SegmentBefore, Segment SegmentAfter, RiskLevel RiskBefore, RiskLevel RiskAfter, string Rule)
{
    /// <summary>Whether anything would change.</summary>
    public bool IsChange => SegmentBefore != SegmentAfter || RiskBefore != RiskAfter;
}
