using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Tests.Stores.Mirror;

/// <summary>Batches that change nothing but the head, for what looks at heads alone.</summary>
internal static class Batches
{
    /// <summary>The head at a revision.</summary>
    public static LedgerHead Head(long revision) => LedgerHead.Empty with { Revision = revision };

    /// <summary>The batch that leads to a revision.</summary>
    public static LedgerDelta To(long revision) => LedgerDelta.Nothing(Head(revision - 1), DateTimeOffset.UnixEpoch) with { After = Head(revision) };
}
