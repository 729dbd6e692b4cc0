using System.Data.Common;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Stores.Failover;

/// <summary>Looks what the fallback acknowledged up in the primary, operation by operation.</summary>
internal static class KeptComparison
{
    /// <summary>Reads the primary and counts what it holds of the batches as they were acknowledged.</summary>
    /// <param name="primary">The primary.</param>
    /// <param name="kept">Batches that follow one another, as the fallback keeps them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<FoundOperations> FindAsync(ILedgerStorage primary, IReadOnlyList<LedgerDelta> kept, CancellationToken cancellationToken) =>
        primary.ReadSnapshotAsync(
            async (connection, snapshot) =>
            {
                var held = new Held(primary.Dialect, connection, snapshot, cancellationToken);
                var entries = await held.EntriesAsync([.. kept.SelectMany(batch => batch.Entries).Select(entry => entry.Id)]);
                var answers = await held.AnswersAsync([.. kept.SelectMany(batch => batch.Answers).Select(answer => answer.IdempotencyKey)]);
                var users = await held.UsersAsync([.. kept.SelectMany(batch => batch.NewUsers).Select(user => user.Id)]);
                return Count(kept, entries, answers, users);
            },
            cancellationToken);

    private static FoundOperations Count(
        IReadOnlyList<LedgerDelta> kept, Dictionary<Guid, Entry> entries, Dictionary<string, KeptAnswer> answers, HashSet<string> users)
    {
        var found = new FoundOperations(0, 0, null);
        foreach (var batch in kept)
        {
            var previous = batch.Before.ChainHash;
            foreach (var entry in batch.Entries)
            {
                // Hashed anew from what the primary holds: an entry that was changed there is not the one that was acknowledged.
                var their = entries.GetValueOrDefault(entry.Id);
                found = their is not null && EntryChain.Next(previous, their).AsSpan().SequenceEqual(entry.ChainHash)
                    ? found with { Operations = found.Operations + 1, Amount = found.Amount + their.Amount.Value }
                    : found.Without(their is null ? $"the entry {entry.Id} of '{entry.UserId}'" : $"the entry {entry.Id} of '{entry.UserId}' as it was acknowledged");
                previous = entry.ChainHash;
            }

            foreach (var answer in batch.Answers)
            {
                found = answers.GetValueOrDefault(answer.IdempotencyKey) is { } their && their.RequestHash.AsSpan().SequenceEqual(answer.RequestHash)
                    ? found with { Operations = found.Operations + 1 }
                    : found.Without($"the answer to '{answer.IdempotencyKey}'");
            }

            foreach (var user in batch.NewUsers)
            {
                found = users.Contains(user.Id) ? found with { Operations = found.Operations + 1 } : found.Without($"the user '{user.Id}'");
            }
        }

        return found;
    }

    /// <summary>What the primary holds, at one instant.</summary>
    private sealed class Held(SqlDialect dialect, DbConnection connection, DbTransaction snapshot, CancellationToken cancellationToken)
    {
        private readonly SqlRows _rows = new(dialect);

        public async Task<Dictionary<Guid, Entry>> EntriesAsync(IReadOnlyCollection<Guid> ids)
        {
            if (ids.Count == 0)
            {
                return [];
            }

            await using var command = Command($"SELECT {SqlRows.EntryColumns} FROM coin_transactions t WHERE {dialect.AnyOf("t.entry_id", "ids")}");
            dialect.AddIds(command, "ids", ids);
            return (await SqlLedgerReads.ListAsync(command, _rows.Entry, cancellationToken)).ToDictionary(entry => entry.Id);
        }

        public async Task<Dictionary<string, KeptAnswer>> AnswersAsync(IReadOnlyCollection<string> keys)
        {
            if (keys.Count == 0)
            {
                return [];
            }

            await using var command = Command($"SELECT {SqlRows.AnswerColumns} FROM kept_answers WHERE {dialect.AnyOf("idempotency_key", "keys")}");
            dialect.AddTexts(command, "keys", keys);
            return (await SqlLedgerReads.ListAsync(command, _rows.Answer, cancellationToken)).ToDictionary(answer => answer.IdempotencyKey, StringComparer.Ordinal);
        }

        public async Task<HashSet<string>> UsersAsync(IReadOnlyCollection<string> ids)
        {
            if (ids.Count == 0)
            {
                return [];
            }

            await using var command = Command($"SELECT b.user_id FROM coin_balances b WHERE {dialect.AnyOf("b.user_id", "ids")}");
            dialect.AddTexts(command, "ids", ids);
            return [.. await SqlLedgerReads.ListAsync(command, row => row.GetString(0), cancellationToken)];
        }

        private DbCommand Command(string sql)
        {
            var command = SqlLedgerReads.Command(connection, sql);
            command.Transaction = snapshot;
            return command;
        }
    }
}

/// <summary>What the primary holds of what the fallback acknowledged.</summary>
/// <param name="Operations">Operations that are there as they were acknowledged.</param>
/// <param name="Amount">What their entries there moved, in coins.</param>
/// <param name="Missing">The first one that is not, or null.</param>
internal sealed record FoundOperations(long Operations, long Amount, string? Missing)
{
    public FoundOperations Without(string missing) => this with { Missing = Missing ?? missing };
}
