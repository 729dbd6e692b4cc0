namespace GavatDashboard.Features.Reconciliation;

/// <summary>One thing that must agree with another, compared in small steps beside the running writer. It holds up nobody and changes nothing.</summary>
internal interface IReconciliationCheck
{
    /// <summary>Its name in the state, on the pages and in incidents; lower case, with dashes.</summary>
    string Name { get; }

    /// <summary>Does one bounded step.</summary>
    /// <param name="position">Where the last step ended; empty for the beginning of a pass.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Domain.Coins.StoreUnavailableException">A store cannot be reached; the step is done again later.</exception>
    Task<CheckStep> StepAsync(string position, CancellationToken cancellationToken);
}

/// <summary>What a step came to.</summary>
/// <param name="Checked">How many entries or accounts it compared.</param>
/// <param name="Next">Where the next step begins; null where the pass has ended.</param>
internal sealed record CheckStep(long Checked, string? Next)
{
    /// <summary>The first thing that does not agree, or null. It ends the pass.</summary>
    public Finding? Mismatch { get; init; }

    /// <summary>What makes a copy right that is wrong, or that can be checked better then; null where there is nothing to do, or a person decides.</summary>
    public Repair? Repair { get; init; }

    /// <summary>Why nothing can be compared now, or null. The step is done again later.</summary>
    public Finding? Waiting { get; init; }

    /// <summary>The pass has ended and everything agreed.</summary>
    public static CheckStep End(long count) => new(count, null);

    /// <summary>There is more.</summary>
    public static CheckStep GoOn(long count, string next) => new(count, next);

    /// <summary>Something does not agree.</summary>
    public static CheckStep Found(long count, Finding mismatch, Repair? repair = null) => new(count, null) { Mismatch = mismatch, Repair = repair };

    /// <summary>Nothing can be compared now.</summary>
    public static CheckStep Wait(Finding reason) => new(0, null) { Waiting = reason };
}

/// <summary>What makes a wrong copy right. The check only proposes it: whoever merely looks leaves it alone.</summary>
/// <param name="Code">What was done then, after <c>Repair.</c> in the texts.</param>
/// <param name="RunAsync">Does it.</param>
internal sealed record Repair(string Code, Func<CancellationToken, Task> RunAsync);

/// <summary>The checks by name.</summary>
internal static class CheckNames
{
    public const string LedgerChain = "ledger-chain";
    public const string LedgerAccounts = "ledger-accounts";
    public const string FallbackChain = "fallback-chain";
    public const string FallbackAccounts = "fallback-accounts";
    public const string Mirror = "mirror";
    public const string MirrorAccounts = "mirror-accounts";
    public const string CachedBalances = "redis-balances";
    public const string CachedBoards = "redis-leaderboards";
    public const string CopiedEntries = "mongodb-entries";
    public const string CopiedAccounts = "mongodb-accounts";
}
