using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Projection;
using GavatDashboard.Shared.Text;
using GavatDashboard.Stores;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Failover;

/// <summary>What works and what is old while something is out, in plain words for everybody.</summary>
/// <param name="IsBad">Whether coins cannot be moved.</param>
/// <param name="Sentences">What there is to say.</param>
internal sealed record ServiceNotice(bool IsBad, IReadOnlyList<string> Sentences)
{
    /// <summary>A copy that is behind for less is just busy.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The notice, or null where all is as it should be.</summary>
    public static ServiceNotice? Of(
        FailoverSnapshot failover, CacheStatistics cache, IReadOnlyList<ProjectionStatus> copies, DateTimeOffset now, IStringLocalizer<UiText> texts)
    {
        List<string> sentences = [];
        if (failover.State != FailoverState.Primary)
        {
            // Whoever moved the writes knows that PostgreSQL is well; nobody else is to be sent looking for an outage.
            sentences.Add(texts[failover is { State: FailoverState.Fallback, IsHeldByHand: true } ? "Notice.State.Held" : $"Notice.State.{failover.State}"]);
            sentences.Add(texts[$"Notice.Writes.{failover.Writes}"]);
            if (failover is { State: FailoverState.Fallback, NextStep: { To: FailoverState.Recovering } next } && next.At > now)
            {
                sentences.Add(texts["Notice.Back", Formats.Duration(TimeSpan.FromSeconds(Math.Ceiling((next.At - now).TotalSeconds)))]);
            }
        }

        if (failover.State == FailoverState.Following)
        {
            // The cache and the copies are the owner's to keep; what is read here comes from the ledger itself.
            return Follower(failover, now, sentences, texts);
        }

        if (cache.IsBypassed && now - cache.Since > Patience)
        {
            sentences.Add(texts["Notice.CacheBypassed"]);
        }

        foreach (var copy in copies.Where(copy => copy.LagEvents > 0 && copy.LagSeconds(now) > Patience.TotalSeconds))
        {
            var age = Formats.Duration(TimeSpan.FromSeconds(copy.LagSeconds(now)));
            sentences.Add(copy.Consumer == "redis" ? texts["Notice.LeaderboardOld", age] : texts["Notice.DocumentsWait", Formats.Number(copy.LagEvents), age]);
        }

        if (sentences.Count == 0)
        {
            return null;
        }

        if (failover.State == FailoverState.Primary)
        {
            sentences.Insert(0, texts["Notice.Writes.Primary"]);
        }

        return new ServiceNotice(failover.Writes == FailoverWrites.Refused, sentences);
    }

    private static ServiceNotice Follower(FailoverSnapshot failover, DateTimeOffset now, List<string> sentences, IStringLocalizer<UiText> texts)
    {
        if (failover.OwnerFault is { } fault)
        {
            sentences[^1] = texts["Notice.OwnerDistrusted", SystemWords.Of(fault, texts)];
            return new ServiceNotice(IsBad: true, sentences);
        }

        var isHeard = failover.OwnerHeardAt is { } heard && now - heard < failover.SilentAfter;
        if (!isHeard)
        {
            sentences[^1] = failover.OwnerHeardAt is { } last
                ? texts["Notice.OwnerSilent", failover.Owner, Formats.Duration(TimeSpan.FromSeconds(Math.Floor((now - last).TotalSeconds)))]
                : failover.Owner.Length == 0 ? texts["Notice.NoOwner"] : texts["Notice.OwnerUnheard", failover.Owner];
        }

        return new ServiceNotice(!isHeard, sentences);
    }
}
