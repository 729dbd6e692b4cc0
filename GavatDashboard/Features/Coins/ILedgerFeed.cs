using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Coins;

/// <summary>What happens in the ledger right now, as every viewer sees it.</summary>
public interface ILedgerFeed
{
    /// <summary>The newest snapshot.</summary>
    LedgerActivity Current { get; }

    /// <summary>Hears of new snapshots, at most four a second, on a thread of the pool: return at once.</summary>
    /// <param name="onActivity">Called with each new snapshot, but not with the current one.</param>
    /// <returns>Ends the subscription.</returns>
    IDisposable Subscribe(Action<LedgerActivity> onActivity);
}

/// <summary>What happens in the ledger.</summary>
/// <param name="Recent">The latest entries of this process, newest first, at most 50; reserved users are left out.</param>
/// <param name="OperationsPerSecond">The mean over the last 10 seconds.</param>
/// <param name="Posted">Entries posted since the start.</param>
/// <param name="Refused">Operations refused since the start.</param>
/// <param name="Waiting">Operations that wait to be written.</param>
/// <param name="AsOf">When it was true (UTC).</param>
public sealed record LedgerActivity(
    IReadOnlyList<Entry> Recent, double OperationsPerSecond, long Posted, long Refused, int Waiting, DateTimeOffset AsOf);
