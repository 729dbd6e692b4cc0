using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Stores.Analysis;

/// <summary>Months of many users at once: one question a kind of row, and the entries, of which there may be many, as they come.</summary>
/// <param name="databases">The stores.</param>
/// <param name="pieceEntries">A piece is handed over when it has so many entries; the month of one user is never parted.</param>
internal sealed class SqlMonthSource(AnalysisDatabases databases, int pieceEntries) : IMonthSource
{
    private const int PieceEntries = 10_000;

    public SqlMonthSource(AnalysisDatabases databases)
        : this(databases, PieceEntries)
    {
    }

    public Task ReadMonthsAsync(
        IReadOnlyCollection<string> userIds, DateTimeOffset from, DateTimeOffset now, Action<IReadOnlyList<UserMonth>> use, CancellationToken cancellationToken)
    {
        var database = databases.Current;
        return database.ReadAsync(
            async (connection, transaction) =>
            {
                await ReadAsync(new(database.Dialect, connection, transaction, cancellationToken), userIds, from, now, use);
                return true;
            },
            cancellationToken);
    }

    private async Task ReadAsync(AnalysisSession session, IReadOnlyCollection<string> userIds, DateTimeOffset from, DateTimeOffset now, Action<IReadOnlyList<UserMonth>> use)
    {
        var rows = new SqlRows(session.Dialect.Sql);
        var histories = (await SqlHistorySource.LoadAsync(session, userIds, now)).Histories.ToDictionary(history => history.User.Id, StringComparer.Ordinal);

        // Most users did nothing in the month, and the history tells so.
        var active = histories.Values.Where(history => history.IsCut || history.Entries.Any(entry => entry.EffectiveAt >= from)).Select(history => history.User.Id).ToList();
        var refused = histories.Values.Where(history => history.Refusals.Any(refusal => refusal.At >= from)).Select(history => history.User.Id).ToList();
        var refusals = (await ListRefusalsAsync(session, rows, refused, from)).ToLookup(answer => answer.UserId, StringComparer.Ordinal);
        var originals = (await session.ListOfAsync(
            $"SELECT {SqlRows.EntryColumns} FROM coin_transactions r JOIN coin_transactions t ON t.entry_id = r.reversal_of WHERE {{0}} AND r.effective_at >= @from",
            "r.user_id", active, rows.Entry, ("from", from))).ToLookup(entry => entry.UserId, StringComparer.Ordinal);
        var bought = await ListLastPurchasesAsync(session, active, from);
        var (piece, held) = (new List<UserMonth>(), 0);
        await foreach (var entries in StreamEntriesAsync(session, rows, active, from))
        {
            piece.Add(MonthOf(entries[0].UserId, entries));
            histories.Remove(entries[0].UserId);
            held += entries.Count;
            if (held >= pieceEntries)
            {
                use(piece);
                (piece, held) = ([], 0);
            }
        }

        use([.. piece, .. histories.Keys.Select(idle => MonthOf(idle, []))]);

        UserMonth MonthOf(string userId, IReadOnlyList<Entry> entries) => new()
        {
            History = histories[userId],
            Entries = entries,
            Refusals = [.. refusals[userId]],
            Originals = originals[userId].ToDictionary(entry => entry.Id),
            LastPurchaseBefore = bought.TryGetValue(userId, out var day) ? day : null,
        };
    }

    /// <summary>The entries of each user who has any, oldest first.</summary>
    private static async IAsyncEnumerable<IReadOnlyList<Entry>> StreamEntriesAsync(AnalysisSession session, SqlRows rows, IReadOnlyCollection<string> users, DateTimeOffset from)
    {
        if (users.Count == 0)
        {
            yield break;
        }

        await using var command = session.CommandOf(
            $"SELECT {SqlRows.EntryColumns} FROM coin_transactions t WHERE {{0}} AND t.effective_at >= @from ORDER BY t.user_id, t.effective_at, t.seq", "t.user_id", users);
        session.Dialect.Sql.AddTime(command, "from", from);
        await using var reader = await command.ExecuteReaderAsync(session.CancellationToken);
        var own = new List<Entry>();
        while (await reader.ReadAsync(session.CancellationToken))
        {
            var entry = rows.Entry(reader);
            if (own.Count > 0 && own[0].UserId != entry.UserId)
            {
                yield return own;
                own = [];
            }

            own.Add(entry);
        }

        if (own.Count > 0)
        {
            yield return own;
        }
    }

    private static async Task<IEnumerable<KeptAnswer>> ListRefusalsAsync(AnalysisSession session, SqlRows rows, IReadOnlyCollection<string> users, DateTimeOffset from) =>
        (await session.ListOfAsync(
            $$"""
              SELECT {{SqlRows.AnswerColumns}} FROM (
                  SELECT {{SqlRows.AnswerColumns}}, row_number() OVER (PARTITION BY user_id ORDER BY decided_at DESC) AS place
                  FROM kept_answers WHERE {0} AND decided_at >= @from AND kind = 'refused') AS newest
              WHERE place <= {{UserMonth.MostRefusals}}
              """,
            "user_id", users, rows.Answer, ("from", from))).Where(answer => answer.Refusal?.Code is Refusal.DailyLimit or Refusal.InsufficientFunds);

    private static async Task<Dictionary<string, DateOnly>> ListLastPurchasesAsync(AnalysisSession session, IReadOnlyCollection<string> users, DateTimeOffset from)
    {
        var last = await session.ListOfAsync(
            $$"""
              SELECT b.user_id, (SELECT t.effective_at FROM coin_transactions t WHERE t.user_id = b.user_id AND t.effective_at < @from AND {{SqlHistorySource.IsPurchase}}
                                 ORDER BY t.effective_at DESC, t.seq DESC LIMIT 1)
              FROM coin_balances b WHERE {0}
              """,
            "b.user_id", users, row => (UserId: row.GetString(0), At: session.Dialect.Sql.GetTimeOrNull(row, 1)), ("from", from));
        return last.Where(row => row.At is not null).ToDictionary(row => row.UserId, row => DateOnly.FromDateTime(row.At!.Value.UtcDateTime), StringComparer.Ordinal);
    }
}
