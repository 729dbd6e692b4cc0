namespace GavatDashboard.Stores.Redis;

/// <summary>Whether what the cache holds may be served, and under which generation of keys. All changes are immediate.</summary>
internal sealed class CacheTrust(TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _distrusted = new(1, 1);
    private CacheTrustState _state = new(0, "the cache has not been looked at yet", time.GetUtcNow());
    private long _disturbances;

    /// <summary>How it stands now. The same object as before means that nothing happened in between.</summary>
    public CacheTrustState State => Volatile.Read(ref _state);

    /// <summary>Goes up with every reason for distrust, also while distrusted.</summary>
    public long Disturbances => Interlocked.Read(ref _disturbances);

    /// <summary>Stops serving. When this has returned, no lookup answers from the present generation any more.</summary>
    public void Distrust(string reason)
    {
        lock (_lock)
        {
            _disturbances++;
            if (_state.IsTrusted)
            {
                Volatile.Write(ref _state, new(_state.Generation, reason, time.GetUtcNow()));
                _distrusted.Release();
            }
        }
    }

    /// <summary>Nobody looks after the cache any more: it is served by nobody, and whoever comes next begins anew.</summary>
    public void Abandon(string reason)
    {
        lock (_lock)
        {
            _disturbances++;
            if (_state.IsTrusted)
            {
                Volatile.Write(ref _state, new(_state.Generation, reason, time.GetUtcNow()));
            }

            if (_distrusted.CurrentCount == 0)
            {
                _distrusted.Release();
            }
        }
    }

    /// <summary>Serves a new generation, unless something happened since the disturbances were counted.</summary>
    public bool TryTrust(long generation, long disturbances)
    {
        lock (_lock)
        {
            if (_disturbances != disturbances || _state.IsTrusted)
            {
                return false;
            }

            if (generation <= _state.Generation)
            {
                throw new InvalidOperationException($"The cache's generation went from {_state.Generation} to {generation}: old values would be served again.");
            }

            Volatile.Write(ref _state, new(generation, null, time.GetUtcNow()));
            return true;
        }
    }

    /// <summary>Waits until the cache is not trusted; at once for the first time.</summary>
    public Task WaitForDistrustAsync(CancellationToken cancellationToken) => _distrusted.WaitAsync(cancellationToken);

    public void Dispose() => _distrusted.Dispose();
}

/// <summary>How the cache stands.</summary>
/// <param name="Generation">The generation of keys that is, or last was, served.</param>
/// <param name="Reason">Why it is not trusted; null where it is.</param>
/// <param name="Since">Since when (UTC).</param>
internal sealed record CacheTrustState(long Generation, string? Reason, DateTimeOffset Since)
{
    public bool IsTrusted => Reason is null;
}
