using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;

namespace GavatDashboard.Features.Projection;

/// <summary>Copies the ledger's entries, accounts, usage and activity to the document store, and now and then its leaderboards.</summary>
internal sealed class DocumentProjection(IDocumentStore documents, ILedgerStores ledgers, TimeProvider time) : IProjectionTarget
{
    private const int LeaderboardRows = 100;
    private const int ActivityLimit = 10_000;
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeaderboardInterval = TimeSpan.FromSeconds(30);
    private long _confirmedAt;
    private long _leaderboardsAt;
    private bool _leaderboardsMoved = true;

    public string Consumer => "mongodb";

    public bool PrefersLedger => false;

    public async Task<CopyMark?> OpenAsync(CancellationToken cancellationToken)
    {
        await documents.PrepareAsync(cancellationToken);
        var mark = await documents.ReadMarkAsync(cancellationToken);
        _confirmedAt = time.GetTimestamp();
        return mark;
    }

    public async Task<bool> ApplyAsync(OutboxBatch batch, CopyMark? expected, CopyMark next, CancellationToken cancellationToken)
    {
        await documents.WriteAsync(new DocumentBatch(batch.Entries, batch.Accounts, batch.Users, batch.Usage, batch.Activities), cancellationToken);
        _leaderboardsMoved |= batch.Entries.Count > 0;
        return await documents.MoveMarkAsync(expected, next, cancellationToken);
    }

    public async Task<bool> ConfirmAsync(CopyMark mark, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        if (time.GetElapsedTime(_confirmedAt) >= LookAgainAfter)
        {
            if (await documents.ReadMarkAsync(cancellationToken) != mark)
            {
                return false;
            }

            _confirmedAt = time.GetTimestamp();
        }

        if (_leaderboardsMoved && (_leaderboardsAt == 0 || time.GetElapsedTime(_leaderboardsAt) >= LeaderboardInterval))
        {
            await PutLeaderboardsAsync(cancellationToken);
            _leaderboardsAt = time.GetTimestamp();
            _leaderboardsMoved = false;
        }

        return true;
    }

    public Task ClearAsync(CancellationToken cancellationToken)
    {
        _leaderboardsMoved = true;
        return documents.ClearAsync(cancellationToken);
    }

    public async Task<bool> BuildAsync(ICoinLedger ledger, CopyMark mark, CancellationToken cancellationToken)
    {
        await foreach (var (users, accounts) in LedgerPages.UsersAsync(ledger, cancellationToken))
        {
            var usage = await ledger.ListUsageAsync([.. users.Select(user => user.Id)], cancellationToken);
            await documents.WriteAsync(new DocumentBatch([], accounts, users, usage, []), cancellationToken);
            foreach (var user in users.Where(user => user.LastActivityAt is not null))
            {
                var activities = await ledger.ListActivitiesAsync(user.Id, DateTimeOffset.UnixEpoch, ActivityLimit, cancellationToken);
                await documents.WriteAsync(new DocumentBatch([], [], [], [], activities), cancellationToken);
            }
        }

        await foreach (var entries in LedgerPages.EntriesAsync(ledger, cancellationToken))
        {
            await documents.WriteAsync(new DocumentBatch(entries, [], [], [], []), cancellationToken);
        }

        return await documents.MoveMarkAsync(null, mark, cancellationToken);
    }

    private async Task PutLeaderboardsAsync(CancellationToken cancellationToken)
    {
        var ledger = ledgers.Current;
        var now = time.GetUtcNow();
        var boards = new List<LeaderboardDocument>();
        foreach (var by in Enum.GetValues<LeaderboardOrder>())
        {
            foreach (var period in Enum.GetValues<LeaderboardPeriod>())
            {
                var start = period.StartOf(now);
                var rows = await ledger.ReadLeaderboardAsync(new LeaderboardQuery(by, period, start, LeaderboardRows), cancellationToken);
                boards.Add(new LeaderboardDocument(by, period, start, rows, now));
            }
        }

        await documents.PutLeaderboardsAsync(boards, cancellationToken);
    }
}
