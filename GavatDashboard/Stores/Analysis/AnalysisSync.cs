using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Stores.Analysis;

/// <summary>
/// Tells either store of what the analyzer wrote in the other, and the document store of the profiles. The newer of two rows wins, so it
/// may be done twice and in both directions: what was written during a failover reaches the primary afterwards.
/// </summary>
internal sealed class AnalysisSync(AnalysisDatabases databases, IDocumentStore documents, TimeProvider time)
{
    /// <summary>Rows a transaction: the fallback's other writers wait for some milliseconds at most.</summary>
    private const int PageRows = 200;
    private const int MostPages = 100;

    private readonly Dictionary<string, RowTail> _tails = new(StringComparer.Ordinal);

    /// <summary>Copies what is new, each way, and tells how many rows came over.</summary>
    /// <exception cref="StoreUnavailableException">A store cannot be reached; what is missing is copied by a later round.</exception>
    public async Task<long> RunRoundAsync(CancellationToken cancellationToken)
    {
        var copied = 0L;
        foreach (var (from, to) in new[] { (databases.Primary, databases.Fallback), (databases.Fallback, databases.Primary) })
        {
            foreach (var table in AnalysisTable.Shared)
            {
                copied += await FollowAsync(
                    $"{from.Name}>{to.Name}", from, table, rows => PutAsync(to, table, rows, cancellationToken), cancellationToken);
            }
        }

        return copied;
    }

    /// <summary>Copies new profiles to the document store, all of them where it holds none.</summary>
    /// <exception cref="StoreUnavailableException">A store cannot be reached; what is missing is copied by a later round.</exception>
    public async Task<long> RunDocumentsRoundAsync(CancellationToken cancellationToken)
    {
        var (from, table) = (databases.Current, AnalysisTable.Profiles);
        var direction = $"{from.Name}>documents";
        if ((await documents.CountAsync(cancellationToken)).GetValueOrDefault(table.Name) == 0)
        {
            _tails[Key(direction, table)] = new RowTail(table, DateTimeOffset.UnixEpoch);
        }

        return await FollowAsync(
            direction, from, table,
            async rows =>
            {
                await documents.PutProfilesAsync([.. rows.Select(ToDocument)], cancellationToken);
                return rows.Count;
            },
            cancellationToken);
    }

    private async Task<long> FollowAsync(
        string direction, AnalysisDatabase from, AnalysisTable table, Func<IReadOnlyList<object?[]>, Task<int>> put, CancellationToken cancellationToken)
    {
        var key = Key(direction, table);
        if (!_tails.TryGetValue(key, out var tail))
        {
            _tails[key] = tail = new RowTail(table, await ReadCursorAsync(direction, table, cancellationToken));
        }

        var (start, copied) = (tail.Through, 0L);
        for (var page = 0; page < MostPages; page++)
        {
            var rows = await tail.ReadAsync(from, PageRows, cancellationToken);
            var fresh = tail.Fresh(rows);
            copied += fresh.Count > 0 ? await put(fresh) : 0;
            tail.Note(rows);
            if (rows.Count < PageRows)
            {
                tail.Rewind(LedgerTime.Truncate(time.GetUtcNow()));
                break;
            }
        }

        if (tail.Through > start)
        {
            await SaveCursorAsync(direction, table, tail.Through, cancellationToken);
        }

        return copied;
    }

    /// <summary>Writes those that the other store does not hold yet, or holds in an older form.</summary>
    private static async Task<int> PutAsync(AnalysisDatabase to, AnalysisTable table, IReadOnlyList<object?[]> rows, CancellationToken cancellationToken)
    {
        var held = await to.ReadAsync((connection, transaction) => StampsAsync(new(to.Dialect, connection, transaction, cancellationToken), table, rows), cancellationToken);
        var stamp = table.IndexOf(table.Stamp);
        var missing = rows.Where(row => !held.TryGetValue(RowTail.KeyOf(table, row), out var theirs) || theirs < (DateTimeOffset)row[stamp]!).ToList();
        if (missing.Count == 0)
        {
            return 0;
        }

        return await to.WriteAsync(
            async (connection, transaction) =>
            {
                var session = new AnalysisSession(to.Dialect, connection, transaction, cancellationToken);
                await session.PutAsync(table, missing);
                if (table == AnalysisTable.Profiles)
                {
                    await SqlProfileStore.ReplaceFlagsAsync(session, [.. missing.Select(row => AnalysisJson.ReadProfile((string)row[table.IndexOf("document")]!)).OfType<UserProfile>()]);
                }

                return missing.Count;
            },
            cancellationToken);
    }

    private static async Task<Dictionary<string, DateTimeOffset>> StampsAsync(AnalysisSession session, AnalysisTable table, IReadOnlyList<object?[]> rows)
    {
        var held = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        var first = table.Columns[0];
        await using var command = session.Dialect.Command(session.Connection, session.Transaction, string.Empty);
        var values = rows.Select(row => row[0]!).Distinct().ToArray();
        if (first.Kind == ColumnKind.Id)
        {
            session.Dialect.Sql.AddIds(command, "values", [.. values.Cast<Guid>()]);
        }
        else if (first.Kind == ColumnKind.Text)
        {
            session.Dialect.Sql.AddTexts(command, "values", [.. values.Cast<string>()]);
        }

        // Days are few: all of them are compared.
        var where = first.Kind == ColumnKind.Day ? string.Empty : $" WHERE {session.Dialect.Sql.AnyOf(first.Name, "values")}";
        command.CommandText = $"SELECT {table.ColumnList} FROM {table.Name}{where}";
        foreach (var row in await SqlLedgerReads.ListAsync(command, reader => table.Row(session.Dialect, reader), session.CancellationToken))
        {
            held[RowTail.KeyOf(table, row)] = (DateTimeOffset)row[table.IndexOf(table.Stamp)]!;
        }

        return held;
    }

    private async Task<DateTimeOffset> ReadCursorAsync(string direction, AnalysisTable table, CancellationToken cancellationToken) => await databases.Fallback.ReadAsync(
        async (connection, transaction) =>
        {
            var dialect = databases.Fallback.Dialect;
            await using var command = dialect.Command(connection, transaction, "SELECT through_at FROM erko_copies WHERE direction = @direction AND kind = @kind");
            dialect.Sql.Add(command, "direction", direction);
            dialect.Sql.Add(command, "kind", table.Name);
            var found = await SqlLedgerReads.ListAsync(command, row => dialect.Sql.GetTime(row, 0), cancellationToken);
            return found.Count > 0 ? found[0] : DateTimeOffset.UnixEpoch;
        },
        cancellationToken);

    private Task SaveCursorAsync(string direction, AnalysisTable table, DateTimeOffset through, CancellationToken cancellationToken) => databases.Fallback.WriteAsync(
        async (connection, transaction) =>
        {
            var dialect = databases.Fallback.Dialect;
            await using var command = dialect.Command(connection, transaction, """
                INSERT INTO erko_copies (direction, kind, through_at) VALUES (@direction, @kind, @through)
                ON CONFLICT (direction, kind) DO UPDATE SET through_at = excluded.through_at
                """);
            dialect.Sql.Add(command, "direction", direction);
            dialect.Sql.Add(command, "kind", table.Name);
            dialect.Sql.AddTime(command, "through", through);
            return await command.ExecuteNonQueryAsync(cancellationToken);
        },
        cancellationToken);

    private static ProfileDocument ToDocument(object?[] row) => new(
        (string)row[0]!, (string)row[1]!, (string)row[2]!, (int)(long)row[3]!, (int)(long)row[4]!, (string)row[6]!, (DateTimeOffset)row[7]!, (string)row[5]!);

    private static string Key(string direction, AnalysisTable table) => $"{direction}:{table.Name}";
}
