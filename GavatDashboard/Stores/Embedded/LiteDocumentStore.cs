using GavatDashboard.Domain.Coins;
using GavatDashboard.Domain.Health;
using LiteDB;

namespace GavatDashboard.Stores.Embedded;

/// <summary>Copies of the ledger in a LiteDB file, in the place of MongoDB.</summary>
internal sealed class LiteDocumentStore(LiteDocumentDatabase file) : IDocumentStore
{
    private const string MarkCollection = "control";
    private const string HeartbeatCollection = "heartbeat";

    /// <summary>What older versions made and nobody asked.</summary>
    private static readonly (string Collection, string Index)[] FormerIndexes =
    [
        ("coin_balances", "balance"), ("coin_balances", "username"), ("coin_transactions", "userId"), ("coin_transactions", "effectiveAt"),
        ("daily_limits", "day"), ("erko_profiles", "segment"), ("erko_profiles", "riskLevel"), ("leaderboard", "period"),
    ];

    public Task<StoreDescription> DescribeAsync(CancellationToken cancellationToken) => Task.FromResult(
        new StoreDescription(ComponentIds.MongoDb, "LiteDB", typeof(LiteDatabase).Assembly.GetName().Version?.ToString(3) ?? string.Empty, IsStandIn: true, IsDevelopmentServer: false)
        {
            StandInFor = "LiteDB file in the place of MongoDB",
        });

    public Task PrepareAsync(CancellationToken cancellationToken) => file.DoAsync(
        database =>
        {
            // No index that no question of ours needs: in LiteDB each costs a good part of what a document costs.
            database.GetCollection("coin_transactions").EnsureIndex("sequence", "$.sequence");
            database.GetCollection("erko_activity").EnsureIndex("userId", "$.userId");
            foreach (var (collection, index) in FormerIndexes)
            {
                database.GetCollection(collection).DropIndex(index);
            }

            return true;
        },
        cancellationToken);

    public Task<CopyMark?> ReadMarkAsync(CancellationToken cancellationToken) => file.DoAsync(ReadMark, cancellationToken);

    public Task WriteAsync(DocumentBatch batch, CancellationToken cancellationToken) => file.TransactAsync(
        database =>
        {
            var users = batch.Users.ToDictionary(user => user.Id, StringComparer.Ordinal);
            Upsert(database, "coin_transactions", batch.Entries.Select(LedgerDocuments.Of));
            Upsert(database, "daily_limits", batch.Usage.Select(LedgerDocuments.Of));
            Upsert(database, "erko_activity", batch.Activities.Select(LedgerDocuments.Of));
            var balances = database.GetCollection("coin_balances");
            var newer = batch.Accounts.Where(account => balances.FindById(account.UserId) is not { } held || held["version"].AsInt64 < account.Version).ToArray();
            Upsert(database, "coin_balances", newer.Select(account => LedgerDocuments.Of(account, users.GetValueOrDefault(account.UserId))));
            return true;
        },
        cancellationToken);

    public Task<bool> MoveMarkAsync(CopyMark? expected, CopyMark next, CancellationToken cancellationToken) => file.TransactAsync(
        database =>
        {
            if (ReadMark(database) != expected)
            {
                return false;
            }

            Upsert(database, MarkCollection, [LedgerDocuments.Of(next)]);
            return true;
        },
        cancellationToken);

    public async Task ClearAsync(CancellationToken cancellationToken)
    {
        // The mark goes first: documents without a mark are no copy, whatever becomes of the rest.
        foreach (var collection in IDocumentStore.Collections.Prepend(MarkCollection))
        {
            await file.TransactAsync(database => database.GetCollection(collection).DeleteAll(), cancellationToken);
        }
    }

    public Task PutProfilesAsync(IReadOnlyList<ProfileDocument> profiles, CancellationToken cancellationToken) =>
        file.TransactAsync(database => Upsert(database, "erko_profiles", profiles.Select(LedgerDocuments.Of)), cancellationToken);

    public Task PutLeaderboardsAsync(IReadOnlyList<LeaderboardDocument> leaderboards, CancellationToken cancellationToken) =>
        file.TransactAsync(database => Upsert(database, "leaderboard", leaderboards.Select(LedgerDocuments.Of)), cancellationToken);

    public Task<DateTimeOffset> BeatAsync(DateTimeOffset now, CancellationToken cancellationToken) => file.DoAsync(
        database =>
        {
            var heartbeats = database.GetCollection(HeartbeatCollection);
            heartbeats.Upsert(new BsonDocument { ["_id"] = "gavat-dashboard", ["at"] = now.UtcDateTime });
            return new DateTimeOffset(heartbeats.FindById("gavat-dashboard")["at"].AsDateTime.ToUniversalTime(), TimeSpan.Zero);
        },
        cancellationToken);

    public Task<Reading<Account>?> FindAsync(string userId, CancellationToken cancellationToken) => file.DoAsync(
        database =>
        {
            if (database.GetCollection("coin_balances").FindById(userId) is not { } found)
            {
                return null;
            }

            var account = LedgerDocuments.ToAccount(userId, LiteDocuments.FieldsOf(found));
            return new Reading<Account>(account, account.UpdatedAt, StoreKind.MongoDb, IsStale: true);
        },
        cancellationToken);

    public Task<IReadOnlyList<ActivityEvent>> ListActivitiesAsync(string userId, int limit, CancellationToken cancellationToken) => file.DoAsync(
        database => (IReadOnlyList<ActivityEvent>)database.GetCollection("erko_activity")
            .Find(Query.EQ("userId", userId))
            .Select(document => LedgerDocuments.ToActivity(document["_id"].AsString, LiteDocuments.FieldsOf(document)))
            .OrderByDescending(activity => activity.At)
            .ThenByDescending(activity => activity.Sequence)
            .Take(limit)
            .ToArray(),
        cancellationToken);

    public Task<ProfileDocument?> FindProfileAsync(string userId, CancellationToken cancellationToken) => file.DoAsync(
        database => database.GetCollection("erko_profiles").FindById(userId) is { } found ? LedgerDocuments.ToProfile(userId, LiteDocuments.FieldsOf(found)) : null,
        cancellationToken);

    public Task<IReadOnlyDictionary<string, long>> CountAsync(CancellationToken cancellationToken) => file.DoAsync(
        database => (IReadOnlyDictionary<string, long>)IDocumentStore.Collections.ToDictionary(
            name => name, name => database.GetCollection(name).LongCount(), StringComparer.Ordinal),
        cancellationToken);

    public Task<IReadOnlyList<Entry>> ReadEntriesAsync(long afterSequence, int limit, CancellationToken cancellationToken) => file.DoAsync(
        database => (IReadOnlyList<Entry>)database.GetCollection("coin_transactions").Query()
            .Where(Query.GT("sequence", afterSequence))
            .OrderBy("$.sequence")
            .Limit(limit)
            .ToEnumerable()
            .Select(document => LedgerDocuments.ToEntry(document["_id"].AsString, LiteDocuments.FieldsOf(document)))
            .ToArray(),
        cancellationToken);

    public Task<EntrySums> SumEntriesAsync(long afterSequence, long throughSequence, CancellationToken cancellationToken) => file.DoAsync(
        database => database.GetCollection("coin_transactions")
            .Find(Query.Between("sequence", afterSequence + 1, throughSequence))
            .Aggregate(EntrySums.None, (sums, entry) => sums.Plus(entry["amount"].AsInt64, entry["digest"].IsNumber ? entry["digest"].AsInt64 : 0)),
        cancellationToken);

    public Task<IReadOnlyList<Account>> ReadAccountsAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken) => file.DoAsync(
        database => (IReadOnlyList<Account>)userIds
            .Select(id => database.GetCollection("coin_balances").FindById(id))
            .Where(document => document is not null)
            .Select(document => LedgerDocuments.ToAccount(document["_id"].AsString, LiteDocuments.FieldsOf(document)))
            .ToArray(),
        cancellationToken);

    private static CopyMark? ReadMark(ILiteDatabase database) =>
        database.GetCollection(MarkCollection).FindById("projection") is { } mark ? LedgerDocuments.ToMark(LiteDocuments.FieldsOf(mark)) : null;

    private static int Upsert(ILiteDatabase database, string collection, IEnumerable<StoredDocument> documents) =>
        database.GetCollection(collection).Upsert(documents.Select(LiteDocuments.ToBson));
}
