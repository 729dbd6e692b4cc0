using System.Threading.Channels;

namespace GavatDashboard.Features.Projection;

/// <summary>Wakes whoever copies the ledger to other stores, in this process.</summary>
public interface IOutboxSignal
{
    /// <summary>To be called after each commit. It never blocks, and calls while nobody waits count as one.</summary>
    void Raise();
}

/// <summary>A wake-up call that is remembered until a sleeper takes it; one sleeper each.</summary>
internal sealed class OutboxSignal : IOutboxSignal
{
    private readonly Lock _lock = new();
    private Channel<bool>[] _sleepers = [];

    public void Raise()
    {
        foreach (var sleeper in Volatile.Read(ref _sleepers))
        {
            // Full means that a call is waiting already, and one is enough.
            sleeper.Writer.TryWrite(true);
        }
    }

    /// <summary>A sleeper's own end; it hears of every call from now on.</summary>
    public ChannelReader<bool> Listen()
    {
        var channel = Channel.CreateBounded<bool>(1);
        lock (_lock)
        {
            _sleepers = [.. _sleepers, channel];
        }

        return channel.Reader;
    }
}
