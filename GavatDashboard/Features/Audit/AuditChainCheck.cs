namespace GavatDashboard.Features.Audit;

/// <summary>Walks the chain row by row and remembers the first row that does not fit.</summary>
internal sealed class AuditChainCheck
{
    private string _lastHash = AuditHash.Genesis;
    private long? _brokenSeq;
    private string? _problem;

    /// <summary>The last row that fits; 0 before the first.</summary>
    public long LastSeq { get; private set; }

    public AuditVerification Result => new(_brokenSeq is null, LastSeq, _brokenSeq, _problem, _lastHash);

    /// <summary>Checks the next row; false when it does not fit, and nothing after it needs checking.</summary>
    public bool Accept(AuditEntry entry, long atUnixMs)
    {
        if (entry.Seq != LastSeq + 1)
        {
            return Break(LastSeq + 1, "the row is missing");
        }

        if (entry.PreviousHash != _lastHash)
        {
            return Break(entry.Seq, "the row does not follow the one before it");
        }

        // The previous hash is known to be well-formed here: it equals the hash computed for the row before.
        var hash = AuditHash.Compute(_lastHash, entry.Seq, atUnixMs, entry.Actor, entry.Action, entry.Target, entry.Reason, entry.DetailsJson);
        if (hash != entry.Hash)
        {
            return Break(entry.Seq, "the row's content was changed");
        }

        LastSeq = entry.Seq;
        _lastHash = entry.Hash;
        return true;
    }

    /// <summary>Compares the end of the chain with the head that was written beside it.</summary>
    public void CompareHead(long headSeq, string headHash)
    {
        if (_brokenSeq is not null)
        {
            return;
        }

        if (headSeq > LastSeq)
        {
            Break(LastSeq + 1, "rows were cut from the end");
        }
        else if (headSeq < LastSeq || headHash != _lastHash)
        {
            Break(Math.Max(headSeq, 1), "the recorded head of the chain was changed");
        }
    }

    private bool Break(long seq, string what)
    {
        _brokenSeq = seq;
        _problem = what;
        return false;
    }
}
