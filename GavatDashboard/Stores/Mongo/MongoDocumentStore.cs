using GavatDashboard.Domain.Coins;
using MongoDB.Bson;
using MongoDB.Driver;

namespace GavatDashboard.Stores.Mongo;

/// <summary>Copies of the ledger in MongoDB. Each document is replaced as a whole under its <c>_id</c>; nothing is counted up.</summary>
internal sealed class MongoDocumentStore(MongoConnection connection) : IDocumentStore
{
    private const string MarkCollection = "control";
    private const string HeartbeatCollection = "heartbeat";
    private static readonly TimeSpan LookupLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(20);
    private static readonly ReplaceOptions Upsert = new() { IsUpsert = true };
    private static readonly FilterDefinitionBuilder<BsonDocument> Filter = Builders<BsonDocument>.Filter;

    public Task<StoreDescription> DescribeAsync(CancellationToken cancellationToken) => connection.DescribeAsync(cancellationToken);

    public Task PrepareAsync(CancellationToken cancellationToken) => connection.DoAsync(
        WriteLimit,
        async (database, token) =>
        {
            foreach (var (collection, keys) in Indexes())
            {
                await database.GetCollection<BsonDocument>(collection).Indexes.CreateOneAsync(new CreateIndexModel<BsonDocument>(keys), cancellationToken: token);
            }

            return true;
        },
        cancellationToken);

    public Task<CopyMark?> ReadMarkAsync(CancellationToken cancellationToken) => connection.DoAsync(
        LookupLimit,
        async (database, token) =>
        {
            var mark = await database.GetCollection<BsonDocument>(MarkCollection).Find(Filter.Eq("_id", "projection")).FirstOrDefaultAsync(token);
            return mark is null ? null : LedgerDocuments.ToMark(MongoDocuments.FieldsOf(mark));
        },
        cancellationToken);

    public Task WriteAsync(DocumentBatch batch, CancellationToken cancellationToken) => connection.DoAsync(
        WriteLimit,
        async (database, token) =>
        {
            var users = batch.Users.ToDictionary(user => user.Id, StringComparer.Ordinal);
            await ReplaceAsync(database, "coin_transactions", batch.Entries.Select(LedgerDocuments.Of), token);
            await ReplaceAsync(database, "daily_limits", batch.Usage.Select(LedgerDocuments.Of), token);
            await ReplaceAsync(database, "erko_activity", batch.Activities.Select(LedgerDocuments.Of), token);
            await ReplaceOlderAsync(database, batch.Accounts.Select(account => (account.Version, LedgerDocuments.Of(account, users.GetValueOrDefault(account.UserId)))), token);
            return true;
        },
        cancellationToken);

    public Task<bool> MoveMarkAsync(CopyMark? expected, CopyMark next, CancellationToken cancellationToken) => connection.DoAsync(
        LookupLimit,
        async (database, token) =>
        {
            var marks = database.GetCollection<BsonDocument>(MarkCollection);
            var document = MongoDocuments.ToBson(LedgerDocuments.Of(next));
            if (expected is not null)
            {
                var held = Filter.Eq("_id", "projection") & Filter.Eq("cursor", expected.Cursor) & Filter.Eq("entryId", expected.EntryId?.ToString());
                return (await marks.ReplaceOneAsync(held, document, cancellationToken: token)).MatchedCount == 1;
            }

            try
            {
                await marks.InsertOneAsync(document, cancellationToken: token);
                return true;
            }
            catch (MongoWriteException taken) when (taken.WriteError?.Category == ServerErrorCategory.DuplicateKey)
            {
                return false;
            }
        },
        cancellationToken);

    public Task ClearAsync(CancellationToken cancellationToken) => connection.DoAsync(
        WriteLimit * 3,
        async (database, token) =>
        {
            // The mark goes first: documents without a mark are no copy, whatever becomes of the rest.
            foreach (var collection in IDocumentStore.Collections.Prepend(MarkCollection))
            {
                await database.GetCollection<BsonDocument>(collection).DeleteManyAsync(Filter.Empty, token);
            }

            return true;
        },
        cancellationToken);

    public Task PutProfilesAsync(IReadOnlyList<ProfileDocument> profiles, CancellationToken cancellationToken) =>
        PutAsync("erko_profiles", profiles.Select(LedgerDocuments.Of), cancellationToken);

    public Task PutLeaderboardsAsync(IReadOnlyList<LeaderboardDocument> leaderboards, CancellationToken cancellationToken) =>
        PutAsync("leaderboard", leaderboards.Select(LedgerDocuments.Of), cancellationToken);

    public Task<DateTimeOffset> BeatAsync(DateTimeOffset now, CancellationToken cancellationToken) => connection.DoAsync(
        LookupLimit,
        async (database, token) =>
        {
            var heartbeats = database.GetCollection<BsonDocument>(HeartbeatCollection);
            await heartbeats.ReplaceOneAsync(
                Filter.Eq("_id", "gavat-dashboard"), new BsonDocument { { "_id", "gavat-dashboard" }, { "at", now.UtcDateTime } }, Upsert, token);
            var read = await heartbeats.Find(Filter.Eq("_id", "gavat-dashboard")).SingleAsync(token);
            return new DateTimeOffset(read["at"].ToUniversalTime(), TimeSpan.Zero);
        },
        cancellationToken);

    public Task<Reading<Account>?> FindAsync(string userId, CancellationToken cancellationToken) => connection.DoAsync(
        LookupLimit,
        async (database, token) =>
        {
            var found = await database.GetCollection<BsonDocument>("coin_balances").Find(Filter.Eq("_id", userId)).FirstOrDefaultAsync(token);
            if (found is null)
            {
                return null;
            }

            var account = LedgerDocuments.ToAccount(userId, MongoDocuments.FieldsOf(found));
            return new Reading<Account>(account, account.UpdatedAt, StoreKind.MongoDb, IsStale: true);
        },
        cancellationToken);

    public Task<IReadOnlyList<ActivityEvent>> ListActivitiesAsync(string userId, int limit, CancellationToken cancellationToken) => connection.DoAsync(
        LookupLimit,
        async (database, token) =>
        {
            var found = await database.GetCollection<BsonDocument>("erko_activity")
                .Find(Filter.Eq("userId", userId))
                .Sort(Builders<BsonDocument>.Sort.Descending("atMicros").Descending("sequence"))
                .Limit(limit)
                .ToListAsync(token);
            return (IReadOnlyList<ActivityEvent>)found.ConvertAll(document => LedgerDocuments.ToActivity(document["_id"].AsString, MongoDocuments.FieldsOf(document)));
        },
        cancellationToken);

    public Task<ProfileDocument?> FindProfileAsync(string userId, CancellationToken cancellationToken) => connection.DoAsync(
        LookupLimit,
        async (database, token) =>
        {
            var found = await database.GetCollection<BsonDocument>("erko_profiles").Find(Filter.Eq("_id", userId)).FirstOrDefaultAsync(token);
            return found is null ? null : LedgerDocuments.ToProfile(userId, MongoDocuments.FieldsOf(found));
        },
        cancellationToken);

    public Task<IReadOnlyDictionary<string, long>> CountAsync(CancellationToken cancellationToken) => connection.DoAsync(
        LookupLimit,
        async (database, token) =>
        {
            var counts = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (var collection in IDocumentStore.Collections)
            {
                counts[collection] = await database.GetCollection<BsonDocument>(collection).CountDocumentsAsync(Filter.Empty, cancellationToken: token);
            }

            return (IReadOnlyDictionary<string, long>)counts;
        },
        cancellationToken);

    public Task<IReadOnlyList<Entry>> ReadEntriesAsync(long afterSequence, int limit, CancellationToken cancellationToken) => connection.DoAsync(
        WriteLimit,
        async (database, token) =>
        {
            var found = await database.GetCollection<BsonDocument>("coin_transactions")
                .Find(Filter.Gt("sequence", afterSequence))
                .Sort(Builders<BsonDocument>.Sort.Ascending("sequence"))
                .Limit(limit)
                .ToListAsync(token);
            return (IReadOnlyList<Entry>)found.ConvertAll(document => LedgerDocuments.ToEntry(document["_id"].AsString, MongoDocuments.FieldsOf(document)));
        },
        cancellationToken);

    public Task<EntrySums> SumEntriesAsync(long afterSequence, long throughSequence, CancellationToken cancellationToken) => connection.DoAsync(
        WriteLimit,
        async (database, token) =>
        {
            BsonDocument[] stages =
            [
                new("$match", new BsonDocument("sequence", new BsonDocument { { "$gt", afterSequence }, { "$lte", throughSequence } })),
                new("$group", new BsonDocument
                {
                    { "_id", BsonNull.Value },
                    { "entries", new BsonDocument("$sum", 1) },
                    { "coins", new BsonDocument("$sum", "$amount") },
                    { "digests", new BsonDocument("$sum", "$digest") },
                }),
            ];
            using var cursor = await database.GetCollection<BsonDocument>("coin_transactions").AggregateAsync<BsonDocument>(stages, cancellationToken: token);
            return await cursor.FirstOrDefaultAsync(token) is { } sums
                ? new EntrySums(sums["entries"].ToInt64(), sums["coins"].ToInt64(), sums["digests"].ToInt64())
                : EntrySums.None;
        },
        cancellationToken);

    public Task<IReadOnlyList<Account>> ReadAccountsAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken) => connection.DoAsync(
        LookupLimit,
        async (database, token) =>
        {
            var found = await database.GetCollection<BsonDocument>("coin_balances").Find(Filter.In("_id", userIds)).ToListAsync(token);
            return (IReadOnlyList<Account>)found.ConvertAll(document => LedgerDocuments.ToAccount(document["_id"].AsString, MongoDocuments.FieldsOf(document)));
        },
        cancellationToken);

    private Task PutAsync(string collection, IEnumerable<StoredDocument> documents, CancellationToken cancellationToken) => connection.DoAsync(
        WriteLimit,
        async (database, token) =>
        {
            await ReplaceAsync(database, collection, documents, token);
            return true;
        },
        cancellationToken);

    private static async Task ReplaceAsync(IMongoDatabase database, string collection, IEnumerable<StoredDocument> documents, CancellationToken cancellationToken)
    {
        var writes = documents
            .Select(document => new ReplaceOneModel<BsonDocument>(Filter.Eq("_id", document.Id), MongoDocuments.ToBson(document)) { IsUpsert = true })
            .ToArray();
        if (writes.Length > 0)
        {
            await database.GetCollection<BsonDocument>(collection).BulkWriteAsync(writes, new BulkWriteOptions { IsOrdered = false }, cancellationToken);
        }
    }

    /// <summary>
    /// Replaces accounts whose copy is older. Where the copy is as new or newer the filter finds nothing and the upsert tries to
    /// insert, which the <c>_id</c> forbids: that refusal is the version guard at work. Copies that are new enough are sorted out
    /// first, because a refusal costs more than a look.
    /// </summary>
    private static async Task ReplaceOlderAsync(
        IMongoDatabase database, IEnumerable<(long Version, StoredDocument Document)> accounts, CancellationToken cancellationToken)
    {
        var wanted = accounts.ToDictionary(account => account.Document.Id, StringComparer.Ordinal);
        if (wanted.Count == 0)
        {
            return;
        }

        var balances = database.GetCollection<BsonDocument>("coin_balances");
        var held = await balances.Find(Filter.In("_id", wanted.Keys)).Project(Builders<BsonDocument>.Projection.Include("version")).ToListAsync(cancellationToken);
        foreach (var copy in held.Where(copy => copy["version"].ToInt64() >= wanted[copy["_id"].AsString].Version))
        {
            wanted.Remove(copy["_id"].AsString);
        }

        var writes = wanted.Values
            .Select(account => new ReplaceOneModel<BsonDocument>(
                Filter.Eq("_id", account.Document.Id) & Filter.Lt("version", account.Version), MongoDocuments.ToBson(account.Document)) { IsUpsert = true })
            .ToArray();
        if (writes.Length == 0)
        {
            return;
        }

        try
        {
            await balances.BulkWriteAsync(writes, new BulkWriteOptions { IsOrdered = false }, cancellationToken);
        }
        catch (MongoBulkWriteException<BsonDocument> refused) when (
            refused.WriteConcernError is null && refused.WriteErrors.All(error => error.Category == ServerErrorCategory.DuplicateKey))
        {
            // Somebody wrote a newer copy in between; the rest of an unordered write is done.
        }
    }

    private static IEnumerable<(string Collection, IndexKeysDefinition<BsonDocument> Keys)> Indexes()
    {
        var keys = Builders<BsonDocument>.IndexKeys;
        return
        [
            ("coin_balances", keys.Descending("balance")),
            ("coin_balances", keys.Ascending("username")),
            ("coin_transactions", keys.Ascending("userId").Descending("effectiveAt")),
            ("coin_transactions", keys.Ascending("effectiveAt").Ascending("type")),
            ("coin_transactions", keys.Ascending("sequence")),
            ("daily_limits", keys.Ascending("day")),
            ("erko_profiles", keys.Ascending("segment")),
            ("erko_profiles", keys.Ascending("riskLevel").Descending("score")),
            ("erko_activity", keys.Ascending("userId").Descending("atMicros")),
            ("leaderboard", keys.Ascending("period").Ascending("start")),
        ];
    }
}
