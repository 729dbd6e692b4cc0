using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Failover;

namespace GavatDashboard.Features.Failover;

/// <summary>Writes the coordinator's state, its changes and its proofs down, and shows the newest of them, also where they cannot be written.</summary>
internal sealed partial class FailoverHistory(IFailoverStore store, ILogger logger)
{
    private const int JournalShown = 20;
    private const int ProofsShown = 5;

    /// <summary>The changes of state, the newest first.</summary>
    public IReadOnlyList<FailoverJournalEntry> Journal { get; private set; } = [];

    /// <summary>The proofs, the newest first.</summary>
    public IReadOnlyList<FailoverProof> Proofs { get; private set; } = [];

    /// <summary>Why the newest state is not written down; null where it is.</summary>
    public string? Fault { get; private set; }

    /// <summary>Reads what was written before.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        Journal = await store.ListJournalAsync(JournalShown, cancellationToken);
        Proofs = await store.ListProofsAsync(ProofsShown, cancellationToken);
    }

    /// <summary>
    /// Writes the state down, where that can be done. Who may write is said by the heads of the two ledgers, and not by this: where it
    /// cannot, the state goes on and the page says so.
    /// </summary>
    public async Task WriteAsync(FailoverRecord record, FailoverJournalEntry? change, CancellationToken cancellationToken)
    {
        if (change is not null)
        {
            Journal = [change, .. Journal.Take(JournalShown - 1)];
        }

        try
        {
            await store.SaveAsync(record, change, cancellationToken).WaitAsync(cancellationToken);
            Fault = null;
        }
        catch (Exception failure) when (failure is StoreUnavailableException or OperationCanceledException or IOException)
        {
            Fault = failure.Message;
            LogNotWritten(failure);
        }
    }

    /// <summary>Keeps a proof, then shows it: whoever sees it can open it. One that cannot be kept is shown all the same.</summary>
    public async Task KeepAsync(FailoverProof proof, CancellationToken cancellationToken)
    {
        try
        {
            await store.AddProofAsync(proof, cancellationToken);
        }
        catch (Exception failure) when (failure is StoreUnavailableException or OperationCanceledException)
        {
            LogNotWritten(failure);
        }

        Proofs = [proof, .. Proofs.Take(ProofsShown - 1)];
        LogProof(proof.Action, proof.IsClean, proof.Acknowledged, proof.Replayed, proof.OutOfServiceMs);
    }

    [LoggerMessage(3102, LogLevel.Error, "The failover coordinator cannot write its state down")]
    private partial void LogNotWritten(Exception failure);

    [LoggerMessage(3105, LogLevel.Information, "Proof of {Action}: clean {IsClean}, {Acknowledged} operations acknowledged by the fallback, {Replayed} written to the primary, {OutOfServiceMs:0} ms without writes")]
    private partial void LogProof(FailoverAction action, bool isClean, long acknowledged, long replayed, double outOfServiceMs);
}
