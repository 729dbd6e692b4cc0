using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Mirror;

/// <summary>Brings what was handed on into the fallback's tables, many batches at once.</summary>
internal sealed class MirrorTables(MirrorJournal journal, MirrorStanding standing)
{
    private readonly Lock _applying = new();
    private long _appliedThrough;

    /// <summary>The revision up to which the tables hold everything.</summary>
    public long AppliedThrough
    {
        get => Interlocked.Read(ref _appliedThrough);
        set => Interlocked.Exchange(ref _appliedThrough, value);
    }

    /// <summary>Operations that are noted and committed, and not yet in the tables.</summary>
    public int Waiting => standing.Backlog.Operations;

    /// <summary>Waits until something is handed on to be applied.</summary>
    public Task WaitForWorkAsync(CancellationToken cancellationToken) => standing.Backlog.WaitForWorkAsync(cancellationToken);

    /// <summary>Applies what is known to be committed, until nothing of it waits. On a thread that may wait.</summary>
    public void CatchUp()
    {
        lock (_applying)
        {
            while (standing.IsFollowing && standing.Backlog.Take() is { Count: > 0 } group)
            {
                try
                {
                    journal.Apply(LedgerDelta.Join(group));
                    AppliedThrough = group[^1].After.Revision;
                }
                catch (Exception failure) when (MirrorStanding.IsFailure(failure))
                {
                    standing.FallBehind(failure);
                }
                finally
                {
                    standing.Backlog.Done();
                }
            }
        }
    }

    /// <summary>The tables are copied from the primary: what was being applied when they fell behind must not come after that.</summary>
    /// <returns>False when nothing may be copied over them.</returns>
    public bool BeginCopy()
    {
        lock (_applying)
        {
            return standing.BeginCopy();
        }
    }
}
