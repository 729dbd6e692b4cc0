namespace GavatDashboard.Stores.Mirror;

/// <summary>
/// Brings what was noted into the fallback's tables, behind the writer's back. It lets much gather: a row, or a page of an index, that many
/// batches change is then written once.
/// </summary>
internal sealed class MirrorApplier(MirrorTables tables, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Looks at which less than a group is left to gather: a quarter of a second in all.</summary>
    private const int Looks = 5;

    // A thread of its own: it works in long pieces, and threads of the pool are what answers callers.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Factory.StartNew(() => Run(stoppingToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                tables.WaitForWorkAsync(stoppingToken).GetAwaiter().GetResult();
                for (var look = 0; look < Looks && tables.Waiting < MirrorBacklog.GroupAtMost; look++)
                {
                    Task.Delay(Look, time, stoppingToken).GetAwaiter().GetResult();
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                // What is left is noted; it is applied now, or after the next start.
            }

            tables.CatchUp();
        }
    }
}
