using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Sql;

/// <summary>
/// Idempotency keys that a batch took for new without asking. The store refuses the batch where one was used before: the unique index of
/// the entries tells for keys of entries; these are the questions that no index asks.
/// </summary>
/// <param name="OfEntries">Keys under which the batch posts; none may hold another answer.</param>
/// <param name="OfOthers">Keys of everything else that it does; none may have posted an entry, or hold another answer.</param>
internal sealed record UnseenKeys(IReadOnlyList<string> OfEntries, IReadOnlyList<string> OfOthers)
{
    /// <summary>No keys: whoever decided the batch has looked all of them up.</summary>
    public static UnseenKeys None { get; } = new([], []);

    /// <summary>All keys under which a batch writes something.</summary>
    public static UnseenKeys Of(LedgerDelta delta) =>
        new([.. delta.Entries.Select(entry => entry.IdempotencyKey)], [.. delta.Answers.Select(answer => answer.IdempotencyKey)]);

    /// <summary>The keys of operations that were neither looked up nor answered from memory.</summary>
    public static UnseenKeys Of(IReadOnlyList<LedgerOperation> operations, IReadOnlyList<OperationResult> results)
    {
        List<string> entries = new(operations.Count), others = [];
        for (var i = 0; i < operations.Count; i++)
        {
            switch (results[i])
            {
                case OperationResult.Posted { Replayed: false }:
                    entries.Add(operations[i].IdempotencyKey);
                    break;
                case OperationResult.Posted or OperationResult.Refused { Replayed: true } or OperationResult.ActivityRecorded { Replayed: true }:
                    break;
                default:
                    others.Add(operations[i].IdempotencyKey);
                    break;
            }
        }

        return new UnseenKeys(entries, others);
    }
}
