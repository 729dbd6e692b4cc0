using System.Collections.Concurrent;
using GavatDashboard.Domain.Analysis;

namespace GavatDashboard.Tests.Features.Analysis;

/// <summary>A profile store that notes who was analysed, and calls a test after each piece that was kept.</summary>
internal sealed class WatchedProfiles(IProfileStore inner) : IProfileStore
{
    private int _pieces;

    /// <summary>Users whose profiles were kept, as often as they were.</summary>
    public ConcurrentQueue<string> Saved { get; } = new();

    /// <summary>Called after a piece was kept, with its number from 1 on, before anybody hears of it.</summary>
    public Func<int, CancellationToken, Task> AfterPiece { get; set; } = (_, _) => Task.CompletedTask;

    public async Task<IReadOnlyList<ProfileChange>> SaveAsync(IReadOnlyList<UserProfile> profiles, IReadOnlyList<DeviceUse> devices, CancellationToken cancellationToken)
    {
        var changes = await inner.SaveAsync(profiles, devices, cancellationToken);
        foreach (var profile in profiles)
        {
            Saved.Enqueue(profile.UserId);
        }

        await AfterPiece(Interlocked.Increment(ref _pieces), cancellationToken);
        return changes;
    }

    public Task<UserProfile?> FindAsync(string userId, CancellationToken cancellationToken) => inner.FindAsync(userId, cancellationToken);

    public Task<IReadOnlyList<ProfileCount>> CountAsync(CancellationToken cancellationToken) => inner.CountAsync(cancellationToken);

    public Task<IReadOnlyDictionary<string, string>> ReadNamesAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken) =>
        inner.ReadNamesAsync(userIds, cancellationToken);

    public Task<IReadOnlyList<UserProfile>> ListRiskAsync(RiskLevel atLeast, int limit, CancellationToken cancellationToken) =>
        inner.ListRiskAsync(atLeast, limit, cancellationToken);

    public Task<IReadOnlyList<UserProfile>> ListSegmentAsync(Segment? segment, string afterUserId, int limit, CancellationToken cancellationToken) =>
        inner.ListSegmentAsync(segment, afterUserId, limit, cancellationToken);

    public Task<IReadOnlyList<ProfileChange>> ListChangesAsync(string userId, int limit, CancellationToken cancellationToken) =>
        inner.ListChangesAsync(userId, limit, cancellationToken);

    public Task<IReadOnlyList<SegmentMove>> ReadMovesAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken) =>
        inner.ReadMovesAsync(from, to, cancellationToken);

    public Task NoteDayAsync(DateOnly day, CancellationToken cancellationToken) => inner.NoteDayAsync(day, cancellationToken);

    public Task AddPastAsync(IReadOnlyList<ProfileChange> changes, IReadOnlyList<SegmentDay> days, CancellationToken cancellationToken) =>
        inner.AddPastAsync(changes, days, cancellationToken);

    public Task<IReadOnlyList<SegmentDay>> ReadDaysAsync(DateOnly from, CancellationToken cancellationToken) => inner.ReadDaysAsync(from, cancellationToken);
}
