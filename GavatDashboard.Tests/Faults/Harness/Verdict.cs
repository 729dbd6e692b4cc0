using System.Globalization;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Tests.Faults.Harness;

/// <summary>What the history says held against what a ledger holds.</summary>
internal sealed record Verdict
{
    /// <summary>Requests that were made.</summary>
    public required int Operations { get; init; }

    /// <summary>Requests that were acknowledged.</summary>
    public required int Acknowledged { get; init; }

    /// <summary>Times that no clear answer came.</summary>
    public required int Unclear { get; init; }

    /// <summary>Requests that were given up without a clear answer; each may be there once, or not.</summary>
    public required int InDoubt { get; init; }

    /// <summary>Requests that were acknowledged and are not in the ledger as they were acknowledged.</summary>
    public required IReadOnlyList<string> Lost { get; init; }

    /// <summary>Requests that are in the ledger more than once, and accounts that do not hold the sum of their entries.</summary>
    public required IReadOnlyList<string> Twice { get; init; }

    /// <summary>Entries that nobody asked for, or that were refused, or said not to have been done.</summary>
    public required IReadOnlyList<string> Invented { get; init; }

    /// <summary>Answers that contradict earlier ones, and lookups that told something older than what was acknowledged.</summary>
    public required IReadOnlyList<string> Contradictions { get; init; }

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsClean => Lost.Count + Twice.Count + Invented.Count + Contradictions.Count == 0;

    /// <summary>Everything that is wrong, at most 20 of each kind.</summary>
    public string Problems => string.Join(
        '\n',
        Lost.Take(20).Select(each => $"lost: {each}").Concat(Twice.Take(20).Select(each => $"twice: {each}"))
            .Concat(Invented.Take(20).Select(each => $"invented: {each}")).Concat(Contradictions.Take(20).Select(each => $"contradiction: {each}")));

    /// <summary>The figures in one line.</summary>
    public string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"acknowledged lost {Lost.Count}, applied twice {Twice.Count}, in doubt {InDoubt}, invented {Invented.Count}, contradictions {Contradictions.Count}, operations {Operations}, acknowledged {Acknowledged}, unclear answers {Unclear}");

    public override string ToString() => $"{Summary}\n{Problems}";

    /// <summary>Reads the ledger and judges.</summary>
    public static async Task<Verdict> OfAsync(IReadOnlyList<HistoryLine> history, ILedgerStorage ledger)
    {
        var held = await ledger.ReadSnapshotAsync(HeldLedger.ReadAsync, CancellationToken.None);
        var requests = history.Where(line => line.Key != "read").GroupBy(line => line.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
        var users = history.Select(line => line.User).ToHashSet(StringComparer.Ordinal);
        return new Verdict
        {
            Operations = requests.Count,
            Acknowledged = requests.Values.Count(lines => lines.Any(line => line.Event == HistoryEvent.Ok)),
            Unclear = history.Count(line => line.Event == HistoryEvent.Unknown),
            InDoubt = requests.Values.Count(IsInDoubt),
            Lost = [.. requests.Values.SelectMany(lines => FindLost(lines, held))],
            Twice =
            [
                .. requests.Keys.Where(key => held.Entries[key].Count() > 1).Select(key => $"{key} has {held.Entries[key].Count()} entries"),
                .. users.Where(user => held.Balances.GetValueOrDefault(user) != held.Sums.GetValueOrDefault(user))
                    .Select(user => string.Create(CultureInfo.InvariantCulture, $"{user} holds {held.Balances.GetValueOrDefault(user)} coins, its entries sum to {held.Sums.GetValueOrDefault(user)}")),
            ],
            Invented =
            [
                .. held.Entries.SelectMany(group => group).Where(entry => users.Contains(entry.User) && !requests.ContainsKey(entry.Key)).Select(entry => $"{entry.Key} of {entry.User} was never asked for"),
                .. requests.Where(each => held.Entries[each.Key].Any() && WasNotDone(each.Value)).Select(each => $"{each.Key} was said not to have been done"),
            ],
            Contradictions = [.. history.Where(line => line.Event == HistoryEvent.Contradiction).Select(line => $"{line.Key} of {line.User}: {line.Note}")],
        };
    }

    private static IEnumerable<string> FindLost(HistoryLine[] lines, HeldLedger held)
    {
        if (lines.FirstOrDefault(line => line.Event == HistoryEvent.Ok) is not { } told)
        {
            yield break;
        }

        if (told.Type == "activity")
        {
            if (!held.Kept.Contains(told.Key))
            {
                yield return $"the activity {told.Key} of {told.User}";
            }
        }
        else if (held.Entries[told.Key].FirstOrDefault() is not { } entry)
        {
            yield return $"{told.Key} of {told.User}, acknowledged as {told.Entry}";
        }
        else if ((entry.Id, entry.User, entry.Amount, entry.After) != (told.Entry, told.User, told.Amount, told.After!.Value))
        {
            yield return $"{told.Key} of {told.User}, acknowledged as {told.Entry} of {told.Amount} with {told.After} after it; there is {entry}";
        }
    }

    private static bool IsInDoubt(HistoryLine[] lines) =>
        lines.Any(line => line.Event == HistoryEvent.Unknown) && !lines.Any(line => line.Event is HistoryEvent.Ok or HistoryEvent.Refused);

    private static bool WasNotDone(HistoryLine[] lines) =>
        !lines.Any(line => line.Event == HistoryEvent.Ok)
        && (lines.Any(line => line.Event == HistoryEvent.Refused) || lines.All(line => line.Event is HistoryEvent.Invoke or HistoryEvent.Failed))
        // An attempt whose answer the run did not wait for is open.
        && lines.Count(line => line.Event == HistoryEvent.Invoke) == lines.Count(line => line.Event != HistoryEvent.Invoke);

    private sealed record HeldEntry(string Key, Guid Id, string User, long Amount, long After);

    private sealed record HeldLedger(
        ILookup<string, HeldEntry> Entries, IReadOnlySet<string> Kept, IReadOnlyDictionary<string, long> Balances, IReadOnlyDictionary<string, long> Sums)
    {
        public static async Task<HeldLedger> ReadAsync(System.Data.Common.DbConnection connection, System.Data.Common.DbTransaction transaction)
        {
            var entries = await RowsAsync(
                "SELECT idempotency_key, entry_id, user_id, amount, balance_after FROM coin_transactions",
                row => new HeldEntry(row.GetString(0), Guid.Parse(row.GetValue(1).ToString()!), row.GetString(2), row.GetInt64(3), row.GetInt64(4)));
            var kept = await RowsAsync("SELECT idempotency_key FROM kept_answers WHERE kind <> 'refused'", row => row.GetString(0));
            var balances = await RowsAsync("SELECT user_id, balance FROM coin_balances", row => (User: row.GetString(0), Balance: row.GetInt64(1)));
            return new HeldLedger(
                entries.ToLookup(entry => entry.Key, StringComparer.Ordinal),
                kept.ToHashSet(StringComparer.Ordinal),
                balances.ToDictionary(each => each.User, each => each.Balance, StringComparer.Ordinal),
                entries.GroupBy(entry => entry.User, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Sum(entry => entry.Amount), StringComparer.Ordinal));

            async Task<List<T>> RowsAsync<T>(string sql, Func<System.Data.Common.DbDataReader, T> read)
            {
                await using var command = connection.CreateCommand();
                command.Transaction = transaction;
                command.CommandText = sql;
                await using var reader = await command.ExecuteReaderAsync();
                List<T> rows = [];
                while (await reader.ReadAsync())
                {
                    rows.Add(read(reader));
                }

                return rows;
            }
        }
    }
}
