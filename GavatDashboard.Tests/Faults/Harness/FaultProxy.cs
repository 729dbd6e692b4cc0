using System.Net;
using System.Net.Sockets;

namespace GavatDashboard.Tests.Faults.Harness;

/// <summary>A network between the application and a server that can break: it passes bytes on, slowly, one way, or not at all.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private readonly HashSet<Socket> sockets = [];
    private readonly int target;
    private readonly Task accepting;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NetworkFault fault = NetworkFault.None;

    /// <param name="target">The port of the server on the loopback address.</param>
    public FaultProxy(int target)
    {
        this.target = target;
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Where it listens, on the loopback address.</summary>
    public int Port { get; }

    /// <summary>How long each piece of an answer is held back.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>
    /// What happens to bytes. While a direction is lost its bytes are held, not dropped: TCP sends them again once the network is back,
    /// unless the connection was given up.
    /// </summary>
    public NetworkFault Fault
    {
        get
        {
            lock (gate)
            {
                return fault;
            }
        }

        set
        {
            lock (gate)
            {
                fault = value;
                changed.TrySetResult();
                changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>Ends every connection with a reset; new ones are taken.</summary>
    public void Reset()
    {
        lock (gate)
        {
            foreach (var socket in sockets)
            {
                socket.LingerState = new LingerOption(true, 0);
                socket.Dispose();
            }

            sockets.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        Reset();
        await accepting;
        listener.Dispose();
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptSocketAsync(stopping.Token);
                _ = Task.Run(() => ServeAsync(client));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It stops.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        Keep(client);
        Keep(server);
        try
        {
            await WaitUntilPassesAsync(NetworkFault.RequestsLost);
            await server.ConnectAsync(IPAddress.Loopback, target, stopping.Token);
            await Task.WhenAny(
                PumpAsync(client, server, NetworkFault.RequestsLost, isAnswer: false),
                PumpAsync(server, client, NetworkFault.AnswersLost, isAnswer: true));
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The server is gone, or the proxy stops: both ends are closed below.
        }
        finally
        {
            Close(client);
            Close(server);
        }
    }

    private async Task PumpAsync(Socket from, Socket to, NetworkFault lostBy, bool isAnswer)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, SocketFlags.None, stopping.Token) is > 0 and var count)
            {
                if (isAnswer && Latency > TimeSpan.Zero)
                {
                    await Task.Delay(Latency, stopping.Token);
                }

                await WaitUntilPassesAsync(lostBy);
                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), SocketFlags.None, stopping.Token);
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two ends is gone; the other one hears of it when both are closed.
        }
    }

    private async Task WaitUntilPassesAsync(NetworkFault lostBy)
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (!fault.HasFlag(lostBy))
                {
                    return;
                }

                next = changed.Task;
            }

            await next.WaitAsync(stopping.Token);
        }
    }

    private void Keep(Socket socket)
    {
        lock (gate)
        {
            sockets.Add(socket);
        }
    }

    private void Close(Socket socket)
    {
        lock (gate)
        {
            sockets.Remove(socket);
        }

        socket.Dispose();
    }
}

/// <summary>What a broken network loses.</summary>
[Flags]
internal enum NetworkFault
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>What the application sends.</summary>
    RequestsLost = 1,

    /// <summary>What the server answers: it does what it was asked, and nobody hears of it.</summary>
    AnswersLost = 2,

    /// <summary>Everything.</summary>
    BlackHole = RequestsLost | AnswersLost,
}
