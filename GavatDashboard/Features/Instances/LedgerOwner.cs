using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Instances;

/// <summary>The instance that owns the ledger, where it is another one: what it says when it is asked.</summary>
internal sealed partial class LedgerOwner(InstanceDirectory directory, InstanceClient client, TimeProvider time, ILogger<LedgerOwner> logger)
{
    /// <summary>Asks the owner how it stands, and notes what it says.</summary>
    /// <returns>What it says; null where it does not answer within the time, or is not known.</returns>
    public Task<OwnerWord?> HearAsync(TimeSpan atMost, CancellationToken cancellationToken) => AskAsync(HttpMethod.Get, atMost, cancellationToken);

    /// <summary>Asks the owner to give the ledger up in order, and notes what it says afterwards: whether it still owns it.</summary>
    /// <returns>What it says; null where it does not answer within the time, or is not known. It may give the ledger up then all the same.</returns>
    public Task<OwnerWord?> AskToGiveUpAsync(TimeSpan atMost, CancellationToken cancellationToken) => AskAsync(HttpMethod.Delete, atMost, cancellationToken);

    private async Task<OwnerWord?> AskAsync(HttpMethod method, TimeSpan atMost, CancellationToken cancellationToken)
    {
        if (directory.FindOwner() is not { } owner)
        {
            return null;
        }

        var askedAt = time.GetTimestamp();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(atMost);
        try
        {
            var word = await client.AskAsync<OwnerWord>(owner, method, InstanceEndpoints.Path, null, timeout.Token);
            directory.Note(word, askedAt);
            return word;
        }
        catch (Exception failure) when (failure is StoreUnavailableException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            var fault = failure is StoreUnavailableException { IsOwnerDistrusted: true } ? failure.Message : null;
            if (directory.NoteUnheard(owner.Instance, fault) && fault is not null)
            {
                LogDistrusted(fault);
            }

            LogSilent(owner.Instance, failure.Message);
            return null;
        }
    }

    [LoggerMessage(3202, LogLevel.Debug, "The instance '{Owner}', which owns the ledger, does not say how it stands: {Failure}")]
    private partial void LogSilent(string owner, string failure);

    [LoggerMessage(3204, LogLevel.Error, "Writes cannot be forwarded: {Fault}")]
    private partial void LogDistrusted(string fault);
}
