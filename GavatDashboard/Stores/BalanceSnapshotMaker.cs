using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Stores;

/// <summary>
/// Makes snapshots of balances in one ledger, a small transaction at a time. All that has to last is in the ledger: it may be stopped
/// anywhere, and begins by looking for whoever is due.
/// </summary>
/// <param name="ledger">The ledger.</param>
/// <param name="spacing">How many entries of a user lie between two snapshots.</param>
internal sealed class BalanceSnapshotMaker(ILedgerStorage ledger, int spacing = BalanceSnapshotMaker.DefaultSpacing)
{
    /// <summary>So many entries are summed within a millisecond or two.</summary>
    public const int DefaultSpacing = 1_000;

    /// <summary>The log's tail may grow so long before the cursor is moved: reading it costs a fraction of a millisecond, moving it a write.</summary>
    private const long LagAllowed = 1_000;

    private readonly SqlBalanceSnapshots _snapshots = new(ledger.Dialect, spacing);
    private readonly Queue<string> _due = new();
    private string? _lookedAt = string.Empty;

    /// <summary>The ledger it works on.</summary>
    public ILedgerStorage Ledger => ledger;

    /// <summary>Does one small step.</summary>
    /// <returns>Whether there is more to do.</returns>
    public async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        if (_due.TryPeek(out var userId))
        {
            if (!await ledger.ChangeAsync((connection, transaction) => _snapshots.ExtendAsync(connection, transaction, userId, cancellationToken), cancellationToken))
            {
                _due.Dequeue();
            }

            return true;
        }

        if (await ledger.ReadSnapshotAsync((connection, snapshot) => _snapshots.ReadLagAsync(connection, snapshot, cancellationToken), cancellationToken) >= LagAllowed
            && await ledger.ChangeAsync((connection, transaction) => _snapshots.AdvanceAsync(connection, transaction, cancellationToken), cancellationToken) is { } touched)
        {
            touched.ToList().ForEach(_due.Enqueue);
            return true;
        }

        if (_lookedAt is not { } after)
        {
            return false;
        }

        var (due, last) = await ledger.ReadSnapshotAsync(
            (connection, snapshot) => _snapshots.FindDueAsync(connection, snapshot, after, cancellationToken), cancellationToken);
        due.ToList().ForEach(_due.Enqueue);
        _lookedAt = last;
        return true;
    }
}
