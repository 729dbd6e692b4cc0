using System.Net;
using System.Net.Sockets;
using Garnet;
using Garnet.server;
using GavatDashboard.Stores.Redis;

namespace GavatDashboard.Stores.Embedded;

/// <summary>
/// A RESP server (Microsoft Garnet) inside this process, on a free port of the loopback address, in the place of Redis. It
/// keeps everything in memory, within a bound; when the process ends all is gone, which a cache may be.
/// </summary>
internal sealed class EmbeddedRedis : IRedisServer, IDisposable
{
    private const int Attempts = 5;
    private readonly Lock _lock = new();
    private GarnetServer? _server;
    private string? _connectionString;
    private bool _disposed;

    public bool IsEmbedded => true;

    /// <summary>Garnet's version.</summary>
    public static string Version => typeof(GarnetServer).Assembly.GetName().Version?.ToString(3) ?? string.Empty;

    public string GetConnectionString()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _connectionString ??= Start();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _server?.Dispose();
            _server = null;
        }
    }

    private string Start()
    {
        for (var attempt = 1; ; attempt++)
        {
            var endpoint = new IPEndPoint(IPAddress.Loopback, FreePort());
            try
            {
                _server = Start(endpoint);
                return endpoint.ToString();
            }
            catch (SocketException) when (attempt < Attempts)
            {
                // Somebody took the port between the look and the listening: another one is as good.
            }
        }
    }

    private static GarnetServer Start(IPEndPoint endpoint)
    {
        var server = new GarnetServer(new GarnetServerOptions
        {
            EndPoints = [endpoint],
            LogMemorySize = "64m",
            PageSize = "1m",
            IndexMemorySize = "16m",
            MaxDatabases = 1,
            DisablePubSub = true,
            QuietMode = true,
        });
        try
        {
            server.Start();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
