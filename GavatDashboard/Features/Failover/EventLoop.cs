using System.Threading.Channels;

namespace GavatDashboard.Features.Failover;

/// <summary>Does one piece of work after another, so that what they share is changed by one at a time.</summary>
internal sealed partial class EventLoop(ILogger logger)
{
    private readonly Channel<Func<Task>> _inbox = Channel.CreateUnbounded<Func<Task>>(new UnboundedChannelOptions { SingleReader = true });

    // Tells whoever asked for the step in hand, once what came of it is shown: it is looked at then.
    private Action? _tell;

    /// <summary>Does something, between two other pieces of work.</summary>
    public void Post(Func<Task> work) => _inbox.Writer.TryWrite(work);

    /// <summary>Does something, for what runs beside the loop, and tells what came of it.</summary>
    public async Task<T> AskAsync<T>(Func<Task<T>> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(async () =>
        {
            try
            {
                var result = await work();
                _tell = () => done.SetResult(result);
            }
            catch (Exception failure)
            {
                _tell = () => done.SetException(failure);
            }
        });
        return await done.Task;
    }

    /// <summary>Does what is posted, until it is cancelled.</summary>
    /// <param name="show">Shows what came of each piece of work.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(Action show, CancellationToken cancellationToken)
    {
        await foreach (var work in _inbox.Reader.ReadAllAsync(cancellationToken))
        {
            try
            {
                await work();
            }
            catch (Exception failure)
            {
                // The loop must outlive everything: a coordinator that died would leave writes where they are.
                LogFailed(failure);
            }

            show();
            _tell?.Invoke();
            _tell = null;
        }
    }

    [LoggerMessage(3103, LogLevel.Error, "The failover coordinator met something that it does not know; it goes on")]
    private partial void LogFailed(Exception failure);
}
