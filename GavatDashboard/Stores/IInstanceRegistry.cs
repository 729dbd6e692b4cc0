namespace GavatDashboard.Stores;

/// <summary>The instances that live on one primary, as the primary knows them.</summary>
internal interface IInstanceRegistry
{
    /// <summary>Whether other instances can be there at all; a file that stands in for the primary belongs to one.</summary>
    bool IsShared { get; }

    /// <summary>Notes that an instance lives, and tells of all of them.</summary>
    /// <exception cref="Domain.Coins.StoreUnavailableException">The primary cannot be reached.</exception>
    Task<IReadOnlyList<RegisteredInstance>> BeatAsync(InstanceCard card, CancellationToken cancellationToken);

    /// <summary>The secret that the instances share; the first one makes it.</summary>
    /// <exception cref="Domain.Coins.StoreUnavailableException">The primary cannot be reached.</exception>
    Task<byte[]> ReadSecretAsync(CancellationToken cancellationToken);

    /// <summary>Notes that an instance has ended in order.</summary>
    /// <exception cref="Domain.Coins.StoreUnavailableException">The primary cannot be reached.</exception>
    Task LeaveAsync(string instance, CancellationToken cancellationToken);
}

/// <summary>What an instance says of itself.</summary>
/// <param name="Instance">Its name.</param>
/// <param name="Address">Where the others reach it.</param>
/// <param name="Role"><c>owner</c>, <c>follower</c> or <c>fenced</c>.</param>
/// <param name="StartedAt">When its process began (UTC).</param>
internal sealed record InstanceCard(string Instance, string Address, string Role, DateTimeOffset StartedAt);

/// <summary>An instance as the primary knows it.</summary>
/// <param name="Card">What it said of itself.</param>
/// <param name="SilentFor">How long it has not been heard, by the primary's clock.</param>
internal sealed record RegisteredInstance(InstanceCard Card, TimeSpan SilentFor);

/// <summary>Where a file stands in for the primary, this instance is the only one.</summary>
internal sealed class LoneInstance : IInstanceRegistry
{
    public bool IsShared => false;

    public Task<IReadOnlyList<RegisteredInstance>> BeatAsync(InstanceCard card, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RegisteredInstance>>([new RegisteredInstance(card, TimeSpan.Zero)]);

    public Task<byte[]> ReadSecretAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("There is nobody to share a secret with.");

    public Task LeaveAsync(string instance, CancellationToken cancellationToken) => Task.CompletedTask;
}
