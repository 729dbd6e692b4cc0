using GavatDashboard.Domain.Coins;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace GavatDashboard.Stores.Redis;

/// <summary>The one connection to Redis of this process. It reconnects by itself and says when it was disturbed.</summary>
internal sealed partial class RedisConnection : IAsyncDisposable
{
    private readonly IRedisServer _server;
    private readonly RedisOptions _options;
    private readonly ILogger<RedisConnection> _logger;
    private readonly Lazy<Task<ConnectionMultiplexer>> _multiplexer;
    private int _disposed;

    public RedisConnection(IRedisServer server, IOptions<RedisOptions> options, ILogger<RedisConnection> logger)
    {
        _server = server;
        _options = options.Value;
        _logger = logger;
        // Started on the pool: an embedded server takes a third of a second to come up.
        _multiplexer = new(() => Task.Run(ConnectAsync));
    }

    /// <summary>
    /// Heard with a reason before a new socket is connected, when a connection fails, and when the server's role changes:
    /// whatever was known of the server's content may be wrong from then on. A new socket is told of before it connects, so
    /// no answer that came over it can precede the call. Handlers return at once.
    /// </summary>
    public event Action<string>? Disturbed;

    public bool IsEmbedded => _server.IsEmbedded;

    /// <summary>The database, connected or about to be. Commands on it fail at once while there is no connection.</summary>
    public async ValueTask<IDatabase> OpenAsync(CancellationToken cancellationToken)
    {
        var multiplexer = _multiplexer.Value;
        return multiplexer.IsCompletedSuccessfully
            ? multiplexer.Result.GetDatabase()
            : (await multiplexer.WaitAsync(cancellationToken)).GetDatabase();
    }

    /// <summary>The database if it was opened before; null while the first connection is being made.</summary>
    public IDatabase? TryGet() => _multiplexer is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } multiplexer }
        ? multiplexer.Result.GetDatabase()
        : null;

    /// <summary>The server's own account of itself, by field name.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReadInfoAsync(CancellationToken cancellationToken)
    {
        var multiplexer = (await OpenAsync(cancellationToken)).Multiplexer;
        var server = multiplexer.GetServers().FirstOrDefault(server => server.IsConnected)
            ?? throw Unavailable(null);
        var info = await server.InfoAsync().WaitAsync(TimeSpan.FromMilliseconds(_options.CommandTimeoutMs), cancellationToken);
        return info.SelectMany(section => section)
            .GroupBy(line => line.Key, StringComparer.Ordinal)
            .ToDictionary(lines => lines.Key, lines => lines.First().Value, StringComparer.Ordinal);
    }

    /// <summary>What a caller that cannot do without Redis is told.</summary>
    public StoreUnavailableException Unavailable(Exception? cause)
    {
        var reason = cause is TimeoutException ? "does not answer in time" : "cannot be reached";
        return new(StoreKind.Redis, $"{(IsEmbedded ? "The embedded cache" : $"Redis at {Endpoints()}")} {reason}.", innerException: cause);
    }

    /// <summary>The same for people who look at a probe: with the driver's first words, without the figures of its insides that follow.</summary>
    public StoreUnavailableException Unanswered(Exception cause)
    {
        var words = cause.GetBaseException().Message;
        var end = words.AsSpan().IndexOfAny(',', '(', ';');
        return new(StoreKind.Redis, $"{Unavailable(cause).Message.TrimEnd('.')}: {(end > 0 ? words[..end].TrimEnd() : words)}");
    }

    /// <summary>Whether an exception says that Redis is out, slow or refuses, and not that this program is wrong.</summary>
    public static bool IsOutage(Exception exception) => exception is RedisException or TimeoutException or ObjectDisposedException;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0 && _multiplexer.IsValueCreated)
        {
            await using var multiplexer = await _multiplexer.Value;
        }
    }

    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        var configuration = ConfigurationOptions.Parse(_server.GetConnectionString());
        configuration.ClientName = "gavat-dashboard";
        configuration.AbortOnConnectFail = false;
        configuration.ConnectTimeout = _options.ConnectTimeoutMs;
        configuration.AsyncTimeout = _options.CommandTimeoutMs;
        configuration.SyncTimeout = _options.CommandTimeoutMs;
        configuration.KeepAlive = 5;
        configuration.AllowAdmin = true; // for INFO
        configuration.ReconnectRetryPolicy = new LinearRetry(500);
        // A command that waits for the server's return would be sent to another server than it was meant for.
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.BeforeSocketConnect = (_, type, _) =>
        {
            if (type == ConnectionType.Interactive)
            {
                Disturbed?.Invoke("a new connection to the cache was made");
            }
        };
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(configuration);
        multiplexer.ConnectionFailed += (_, failure) => OnFailed(failure);
        multiplexer.ConnectionRestored += (_, restored) => OnRestored(restored);
        multiplexer.ConfigurationChanged += (_, _) => Disturbed?.Invoke("the cache's servers changed their roles");
        return multiplexer;
    }

    private void OnFailed(ConnectionFailedEventArgs failure)
    {
        if (failure.ConnectionType != ConnectionType.Interactive)
        {
            return;
        }

        Disturbed?.Invoke("the connection to the cache failed");
        if (Volatile.Read(ref _disposed) == 0)
        {
            LogFailed(Endpoints(), failure.FailureType);
        }
    }

    private void OnRestored(ConnectionFailedEventArgs restored)
    {
        if (restored.ConnectionType == ConnectionType.Interactive)
        {
            LogRestored(Endpoints());
        }
    }

    private string Endpoints() => string.Join(
        ", ", ConfigurationOptions.Parse(_server.GetConnectionString()).EndPoints.Select(endpoint => endpoint.ToString()!.Replace("Unspecified/", string.Empty, StringComparison.Ordinal)));

    [LoggerMessage(2001, LogLevel.Warning, "The connection to the cache at {Endpoints} failed: {Failure}. Balances are read from the ledger meanwhile.")]
    private partial void LogFailed(string endpoints, ConnectionFailureType failure);

    [LoggerMessage(2002, LogLevel.Information, "The cache at {Endpoints} is connected again.")]
    private partial void LogRestored(string endpoints);
}
