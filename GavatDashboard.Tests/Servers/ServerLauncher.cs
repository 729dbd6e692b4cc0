using System.Collections.Concurrent;
using System.Diagnostics;

namespace GavatDashboard.Tests.Servers;

/// <summary>
/// Starts server processes from one thread that lives as long as the test process.
/// The kernel's parent-death signal fires when the <em>thread</em> that forked ends; forked from a pool thread,
/// a server would be killed as soon as the pool retires that thread.
/// </summary>
internal static class ServerLauncher
{
    private static readonly BlockingCollection<Action> Work = [];
    private static readonly Thread Worker = StartWorker();

    public static Task<Process> StartAsync(ProcessStartInfo start)
    {
        Debug.Assert(Worker.IsBackground, "The launcher must not keep the test process alive.");
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Work.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(start) ?? throw new InvalidOperationException($"'{start.FileName}' did not start."));
            }
            catch (Exception error)
            {
                started.SetException(error);
            }
        });
        return started.Task;
    }

    private static Thread StartWorker()
    {
        var worker = new Thread(() =>
        {
            foreach (var action in Work.GetConsumingEnumerable())
            {
                action();
            }
        })
        { IsBackground = true, Name = "test server launcher" };
        worker.Start();
        return worker;
    }
}
