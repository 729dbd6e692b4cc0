using System.Diagnostics;

namespace GavatDashboard.Features.Coins;

/// <summary>The traces of the write path, a span a batch and one for each of its steps, and of who may write. Fault tests stop the process at a step.</summary>
internal static class LedgerTracing
{
    /// <summary>The whole batch.</summary>
    public const string Batch = "ledger.batch";

    /// <summary>The primary's head is locked and what the batch needs is read.</summary>
    public const string Load = "ledger.load";

    /// <summary>The intent is durable in the fallback's file.</summary>
    public const string Intent = "ledger.intent";

    /// <summary>The intent is durable while the batch before it is still on its way: two are in doubt.</summary>
    public const string Ahead = "ledger.ahead";

    /// <summary>While the batch before it is still on its way, the primary has all of this one that needs nothing of that one; it is not committed.</summary>
    public const string Prepare = "ledger.prepare";

    /// <summary>The batch before it has arrived; the next thing is to send this one, which is noted.</summary>
    public const string Follow = "ledger.follow";

    /// <summary>The primary has committed.</summary>
    public const string Commit = "ledger.commit";

    /// <summary>What the mirror has to do before the answer is done.</summary>
    public const string Mirror = "ledger.mirror";

    /// <summary>The cache has it; the next thing is the answer.</summary>
    public const string Cache = "ledger.cache";

    /// <summary>The primary's head, which is locked, is given another reign: from before it is written until it is committed.</summary>
    public const string Reign = "ledger.reign";

    /// <summary>The fallback's file gives way to a primary that this instance took, and writes down under which reign.</summary>
    public const string Yield = "ledger.yield";

    private static readonly ActivitySource Source = new("GavatDashboard.Ledger");

    public static Activity? Start(string step) => Source.StartActivity(step);
}
