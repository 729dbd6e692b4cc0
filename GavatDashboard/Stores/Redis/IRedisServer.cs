namespace GavatDashboard.Stores.Redis;

/// <summary>Where the RESP server is: one that was configured, or the embedded one.</summary>
internal interface IRedisServer
{
    /// <summary>Whether it runs inside this process, in the place of Redis.</summary>
    bool IsEmbedded { get; }

    /// <summary>Its address in the driver's form; an embedded server is started by the first call.</summary>
    string GetConnectionString();
}

/// <summary>A server that the configuration names.</summary>
internal sealed class ConfiguredRedis(string connectionString) : IRedisServer
{
    public bool IsEmbedded => false;

    public string GetConnectionString() => connectionString;
}
