using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Failover;
using Microsoft.Extensions.Logging.Abstractions;

namespace GavatDashboard.Tests.Features.Failover;

public sealed class EventLoopTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly CancellationTokenSource _stop = new();
    private readonly EventLoop _loop = new(NullLogger.Instance);
    private Task _running = Task.CompletedTask;
    private int _shown;

    public Task InitializeAsync()
    {
        _running = _loop.RunAsync(() => _shown++, _stop.Token);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running.WaitAsync(Patience));
        _stop.Dispose();
    }

    [Fact]
    public async Task Ask_TellsOnceWhatCameOfItIsShown()
    {
        Assert.Equal(0, await AskAsync(() => Task.FromResult(_shown)));

        Assert.Equal(1, _shown);
    }

    [Fact]
    public async Task Post_OfWhatFails_DoesNotEndTheLoop()
    {
        _loop.Post(() => throw new InvalidOperationException("It failed."));

        Assert.Equal(7, await AskAsync(() => Task.FromResult(7)));
        await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsync<int>(() => throw new InvalidOperationException("It failed as well.")));
    }

    [Fact]
    public async Task Action_ThatWasFollowedByAnother_IsNotHeard()
    {
        var actions = new ActionRunner();
        var heard = new List<FailoverEvent>();
        var first = new TaskCompletionSource<FailoverEvent>();
        var isStopped = new TaskCompletionSource();
        actions.Run(_loop, RunFirstAsync, HearAsync);
        actions.Stop();
        await isStopped.Task.WaitAsync(Patience);
        var second = new TaskCompletionSource();
        actions.Run(_loop, _ => Task.FromResult<FailoverEvent>(new FailoverEvent.CaughtUp()), HearLastAsync);
        Assert.False(second.Task.IsCompleted);

        first.SetResult(new FailoverEvent.Promoted());
        await second.Task.WaitAsync(Patience);

        Assert.IsType<FailoverEvent.CaughtUp>(Assert.Single(heard));

        Task<FailoverEvent> RunFirstAsync(CancellationToken token)
        {
            token.Register(isStopped.SetResult);
            return first.Task;
        }

        Task HearAsync(FailoverEvent ended)
        {
            heard.Add(ended);
            return Task.CompletedTask;
        }

        async Task HearLastAsync(FailoverEvent ended)
        {
            await HearAsync(ended);
            second.SetResult();
        }
    }

    private Task<T> AskAsync<T>(Func<Task<T>> work) => _loop.AskAsync(work).WaitAsync(Patience);
}
