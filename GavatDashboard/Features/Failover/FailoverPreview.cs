using GavatDashboard.Domain.Failover;
using GavatDashboard.Shared.Text;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Failover;

/// <summary>What an action would do as things stand now, in sentences for the one who is about to order it.</summary>
internal static class FailoverPreview
{
    /// <summary>The sentences.</summary>
    public static IEnumerable<string> Of(FailoverRequestKind kind, DrillScope scope, FailoverSnapshot now, IStringLocalizer<UiText> texts) => kind switch
    {
        FailoverRequestKind.FailOver => FailOver(now, texts),
        FailoverRequestKind.Recover => Recover(now, texts),
        FailoverRequestKind.Drill => Drill(scope, now, texts),
        FailoverRequestKind.TakeOver => TakeOver(now, texts),
        FailoverRequestKind.SimulateOutage => [texts["Failover.Will.SimulateOutage"], texts[now.IsPaused ? "Failover.Will.OutagePaused" : "Failover.Will.OutageMoves"]],
        FailoverRequestKind.EndOutage => [texts["Failover.Will.EndOutage"], texts[now.IsHeldByHand || now.IsPaused ? "Failover.Will.StaysThere" : "Failover.Will.ComesBack"]],
        _ => [texts[$"Failover.Will.{kind}"]],
    };

    private static IEnumerable<string> FailOver(FailoverSnapshot now, IStringLocalizer<UiText> texts)
    {
        yield return texts["Failover.Will.FailOver"];
        yield return texts["Failover.Will.Epoch", now.Epoch, now.Epoch + 1];
        yield return now.Mirror.MayTakeOver ? texts["Failover.Will.MirrorWhole"] : texts["Failover.Will.MirrorLacks", SystemWords.Of(now.Mirror.Reason, texts)];
        yield return texts["Failover.Will.Held"];
    }

    private static IEnumerable<string> TakeOver(FailoverSnapshot now, IStringLocalizer<UiText> texts)
    {
        yield return texts["Failover.Will.TakeOver"];
        if (now.State != FailoverState.Following)
        {
            yield break;
        }

        yield return now.OwnerHeardAt is { } heard
            ? texts[now.AsOf - heard < now.SilentAfter ? "Failover.Will.OwnerLives" : "Failover.Will.OwnerSilent", now.Owner, Formats.Duration(Since(heard, now.AsOf))]
            : texts["Failover.Will.OwnerUnheard", now.Owner];
        yield return texts["Failover.Will.TakeOverLoss"];
    }

    private static TimeSpan Since(DateTimeOffset at, DateTimeOffset now) => TimeSpan.FromSeconds(Math.Max(0, Math.Floor((now - at).TotalSeconds)));

    private static IEnumerable<string> Recover(FailoverSnapshot now, IStringLocalizer<UiText> texts)
    {
        yield return texts["Failover.Will.Recover"];
        yield return texts["Failover.Will.Replay", Formats.Number(now.Backlog.Operations)];
        if (now.Probe.Fault is { } fault)
        {
            yield return texts["Failover.Will.PrimaryOut", SystemWords.Of(fault, texts)];
        }

        if (now.State == FailoverState.RecoveryBlocked)
        {
            yield return texts["Failover.Will.Blocked", SystemWords.Of(now.Reason, texts)];
        }
    }

    private static IEnumerable<string> Drill(DrillScope scope, FailoverSnapshot now, IStringLocalizer<UiText> texts)
    {
        yield return texts[$"Failover.Will.Drill{scope}"];
        yield return texts["Failover.Will.DrillProof"];
        if (scope == DrillScope.Full)
        {
            yield return texts["Failover.Will.Epoch", now.Epoch, now.Epoch + 2];
        }
    }
}
