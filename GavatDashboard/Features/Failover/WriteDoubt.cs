using GavatDashboard.Stores.Failover;

namespace GavatDashboard.Features.Failover;

/// <summary>
/// An answer of the primary was lost: whether the batch is there can only be told once its connection is gone. The same frees a primary
/// that lives, and waits for a writer that is gone and left its transaction open.
/// </summary>
internal sealed partial class WriteDoubt(IPrimaryControl primary, FailoverOptions options, TimeProvider time, ILogger logger)
{
    private Task _ending = Task.CompletedTask;

    /// <summary>Whether there is one.</summary>
    public bool IsThere { get; set; }

    /// <summary>Ends the connections of this instance's writers.</summary>
    public async Task EndAsync()
    {
        using var timeout = new CancellationTokenSource(options.ProbeTimeout, time);
        try
        {
            await primary.EndWritersAsync(ofAllInstances: false, timeout.Token).WaitAsync(timeout.Token);
            IsThere = false;
        }
        catch (Exception failure)
        {
            // The next batch waits behind the old one's lock, and its timeout brings us here again.
            LogLeft(failure);
        }

        primary.ForgetConnections();
    }

    /// <summary>Does so beside everything else, one at a time.</summary>
    public void EndBeside()
    {
        if (_ending.IsCompleted)
        {
            _ending = EndAsync();
        }
    }

    [LoggerMessage(3104, LogLevel.Debug, "The connection of a batch in doubt cannot be ended now")]
    private partial void LogLeft(Exception failure);
}
