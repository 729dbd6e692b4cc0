using System.Diagnostics;
using System.Globalization;
using MongoDB.Bson;
using MongoDB.Driver;
using Npgsql;

namespace GavatDashboard.Tests.Faults.Harness;

/// <summary>MongoDB's copies held against PostgreSQL, by queries of their own: nothing of the application says what is equal.</summary>
internal sealed class CopiedLedger(string postgresConnection, string mongoConnection)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits until MongoDB holds exactly PostgreSQL's entries and accounts.</summary>
    /// <exception cref="TimeoutException">It does not within the time; the message names what differs.</exception>
    public async Task WaitUntilEqualAsync(TimeSpan atMost)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var (ledger, copies) = (await ReadPostgresAsync(), await ReadMongoAsync());
            if (ledger.SetEquals(copies))
            {
                return;
            }

            if (watch.Elapsed > atMost)
            {
                throw new TimeoutException(
                    $"MongoDB differs from PostgreSQL after {atMost.TotalSeconds:0} s.\nonly in PostgreSQL:\n{Some(ledger.Except(copies))}\nonly in MongoDB:\n{Some(copies.Except(ledger))}");
            }

            await Task.Delay(Look);
        }
    }

    private async Task<HashSet<string>> ReadPostgresAsync()
    {
        await using var connection = new NpgsqlConnection(postgresConnection + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            SELECT concat_ws(' ', 'entry', entry_id, seq, user_id, type, amount, balance_after) FROM coin_transactions
            UNION ALL SELECT concat_ws(' ', 'account', user_id, balance, earned, spent, version) FROM coin_balances
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync();
        HashSet<string> lines = new(StringComparer.Ordinal);
        while (await reader.ReadAsync())
        {
            lines.Add(reader.GetString(0));
        }

        return lines;
    }

    private async Task<HashSet<string>> ReadMongoAsync()
    {
        using var client = new MongoClient(mongoConnection);
        var database = client.GetDatabase("gavat");
        return
        [
            .. await ReadAsync(database, "coin_transactions", entry => Line("entry", entry, "_id", "sequence", "userId", "type", "amount", "balanceAfter")),
            .. await ReadAsync(database, "coin_balances", account => Line("account", account, "_id", "balance", "earned", "spent", "version")),
        ];
    }

    private static async Task<IEnumerable<string>> ReadAsync(IMongoDatabase database, string collection, Func<BsonDocument, string> line) =>
        (await database.GetCollection<BsonDocument>(collection).Find(FilterDefinition<BsonDocument>.Empty).ToListAsync()).Select(line);

    private static string Line(string kind, BsonDocument document, params ReadOnlySpan<string> fields)
    {
        List<string> parts = [kind];
        foreach (var field in fields)
        {
            parts.Add(Convert.ToString(BsonTypeMapper.MapToDotNetValue(document[field]), CultureInfo.InvariantCulture)!);
        }

        return string.Join(' ', parts);
    }

    private static string Some(IEnumerable<string> lines) => string.Join('\n', lines.Take(20));
}
