using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Stores.Analysis;

/// <summary>
/// The newest rows of a table, as they are followed. A row may be committed a little after the instant that it bears, so the last
/// seconds are read again; what was seen in them is remembered and not told twice.
/// </summary>
internal sealed class RowTail(AnalysisTable table, DateTimeOffset through)
{
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(30);
    private readonly int _stamp = table.IndexOf(table.Stamp);
    private readonly Dictionary<string, DateTimeOffset> _seen = new(StringComparer.Ordinal);
    private (DateTimeOffset At, object?[]? Key) _position = (through, null);

    /// <summary>Everything up to here was told.</summary>
    public DateTimeOffset Through { get; private set; } = through;

    /// <summary>The next rows, oldest first.</summary>
    public Task<IReadOnlyList<object?[]>> ReadAsync(AnalysisDatabase from, int limit, CancellationToken cancellationToken) => from.ReadAsync(
        async (connection, transaction) =>
        {
            var keys = table.Columns.Take(table.Key).ToArray();
            var after = _position.Key is null
                ? $"{table.Stamp} >= @stamp"
                : $"({table.Stamp}, {table.KeyList}) > (@stamp, {string.Join(", ", keys.Select(key => $"@{key.Name}"))})";
            await using var command = from.Dialect.Command(
                connection, transaction, $"SELECT {table.ColumnList} FROM {table.Name} WHERE {after} ORDER BY {table.Stamp}, {table.KeyList} LIMIT @limit");
            from.Dialect.Sql.AddTime(command, "stamp", _position.At);
            from.Dialect.Sql.Add(command, "limit", limit);
            for (var i = 0; _position.Key is { } key && i < keys.Length; i++)
            {
                AnalysisTable.Add(from.Dialect, command, keys[i].Name, keys[i].Kind, key[i]);
            }

            return await SqlLedgerReads.ListAsync(command, row => table.Row(from.Dialect, row), cancellationToken);
        },
        cancellationToken);

    /// <summary>Those of the rows that were not told yet.</summary>
    public IReadOnlyList<object?[]> Fresh(IReadOnlyList<object?[]> rows) =>
        [.. rows.Where(row => !_seen.TryGetValue(KeyOf(table, row), out var told) || told != (DateTimeOffset)row[_stamp]!)];

    /// <summary>Notes that rows were told, and goes on behind them.</summary>
    public void Note(IReadOnlyList<object?[]> rows)
    {
        foreach (var row in rows)
        {
            _seen[KeyOf(table, row)] = (DateTimeOffset)row[_stamp]!;
        }

        if (rows.Count > 0)
        {
            _position = ((DateTimeOffset)rows[^1][_stamp]!, rows[^1][..table.Key]);
            Through = _position.At > Through ? _position.At : Through;
        }
    }

    /// <summary>At the end of the table: begins the next round some seconds back, and forgets what lies before.</summary>
    public void Rewind(DateTimeOffset now)
    {
        var back = now - Overlap;
        Through = Through < back ? Through : back;
        _position = (Through, null);
        foreach (var (key, _) in _seen.Where(row => row.Value < Through).ToList())
        {
            _seen.Remove(key);
        }
    }

    /// <summary>A row's key as a text.</summary>
    public static string KeyOf(AnalysisTable table, object?[] row) =>
        string.Join('\n', row.Take(table.Key).Select(value => value is Guid id ? id.ToString("N") : Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)));
}
