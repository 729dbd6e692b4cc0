namespace GavatDashboard.Stores.Mirror;

/// <summary>
/// Brings what was noted into the fallback's tables, behind the writer's back. It lets a little gather: a row that many batches change is
/// then written once.
/// </summary>
internal sealed class MirrorApplier(LedgerMirror mirror, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(20);

    // A thread of its own: it works in long pieces, and threads of the pool are what answers callers.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Factory.StartNew(() => Run(stoppingToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                mirror.WaitForWorkAsync(stoppingToken).GetAwaiter().GetResult();
                Task.Delay(Gathering, time, stoppingToken).GetAwaiter().GetResult();
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                // What is left is noted; it is applied now, or after the next start.
            }

            mirror.CatchUp();
        }
    }
}
