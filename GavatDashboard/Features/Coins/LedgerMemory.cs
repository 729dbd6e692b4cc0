using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores.Sql;

namespace GavatDashboard.Features.Coins;

/// <summary>
/// What the single writer remembers of the ledger from batch to batch, so that it need not ask for what it has written itself. The
/// ledger's head tells whether it still holds: a batch that was decided on another head is refused, and then all of it is forgotten.
/// </summary>
internal sealed class LedgerMemory
{
    /// <summary>Accounts kept, some 0.5 kB each; beyond it everything is forgotten, and what is in use comes back.</summary>
    private const int AccountsAtMost = 50_000;

    /// <summary>Answers kept, some 1 kB each, for requests that are sent again soon. The ledger keeps them for ever.</summary>
    private const int AnswersAtMost = 16_384;

    private ILedgerStorage? _ledger;
    private LedgerState? _state;
    private DateOnly _day;

    /// <summary>The remembered state with all that a batch names, or null where it has to be loaded under the ledger's lock.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="epoch">The epoch under which is written; 0 for any.</param>
    /// <param name="operations">The batch.</param>
    /// <param name="now">The batch's time.</param>
    /// <param name="behind">
    /// Heads that the ledger may have beside the remembered one, while batches are on their way to it. All that those change is remembered, so
    /// what is not can be read at any of them; that does not hold for entries that shall be reversed.
    /// </param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<LedgerState?> RecallAsync(
        ILedgerStorage ledger, long epoch, IReadOnlyList<LedgerOperation> operations, DateTimeOffset now, IEnumerable<LedgerHead> behind, CancellationToken cancellationToken)
    {
        if (_state is not { } state || _ledger != ledger || (epoch != 0 && state.Head.Epoch != epoch) || _day != DateOnly.FromDateTime(now.UtcDateTime) || state.Accounts.Count > AccountsAtMost)
        {
            Forget();
            return null;
        }

        if (state.EntriesByKey.Count + state.AnswersByKey.Count > AnswersAtMost)
        {
            state.EntriesByKey.Clear();
            state.AnswersByKey.Clear();
        }

        state.Originals.Clear();
        state.Reversed.Clear();
        if (Missing(state, operations, now) is not { } missing)
        {
            return state;
        }

        var found = await ledger.LoadAsync(missing, cancellationToken);
        if (!IsSame(found.Head, state.Head) && !behind.Any(head => IsSame(found.Head, head)))
        {
            Forget();
            return null;
        }

        Add(state, found);
        return state;
    }

    /// <summary>Whether the keys of some operations were never used, as far as a batch that began at a head can know.</summary>
    public static async Task<bool> AreUnusedAsync(ILedgerStorage ledger, IReadOnlyCollection<string> keys, LedgerHead head, CancellationToken cancellationToken)
    {
        var found = await ledger.LoadAsync(new LedgerReads { UserIds = [], Keys = keys, OriginalEntryIds = [], Day = default }, cancellationToken);
        return found.EntriesByKey.Count + found.AnswersByKey.Count == 0 && IsSame(found.Head, head);
    }

    /// <summary>Remembers a state that was loaded under the ledger's lock and moved along by a batch that is committed.</summary>
    /// <param name="ledger">Whose state it is.</param>
    /// <param name="loaded">The head at which it was loaded.</param>
    /// <param name="state">The state.</param>
    /// <param name="now">The batch's time.</param>
    public void Keep(ILedgerStorage ledger, LedgerHead loaded, LedgerState state, DateTimeOffset now)
    {
        var day = DateOnly.FromDateTime(now.UtcDateTime);
        if (_state is { } known && _ledger == ledger && _day == day && IsSame(known.Head, loaded))
        {
            Add(known, state);
            (known.Head, known.Policy) = (state.Head, state.Policy);
            return;
        }

        (_ledger, _state, _day) = (ledger, state, day);
    }

    /// <summary>Undoes what deciding a batch has done to the state: the ledger has not taken it.</summary>
    public void Undo(IReadOnlyList<LedgerOperation> operations, LedgerDelta delta)
    {
        if (_state is not { } state || delta.Policy is not null)
        {
            Forget();
            return;
        }

        state.Head = delta.Before;
        foreach (var userId in operations.Select(operation => operation.UserId).Concat(delta.Accounts.Select(account => account.UserId)))
        {
            state.Accounts.Remove(userId);
            state.Users.Remove(userId);
            state.Usage.Remove(userId);
        }

        // An answer that is remembered needs its account.
        state.EntriesByKey.Clear();
        state.AnswersByKey.Clear();
    }

    /// <summary>Forgets everything: what is remembered may not be what the ledger holds.</summary>
    public void Forget() => _state = null;

    /// <summary>What a batch names and is not remembered; null where that is nothing.</summary>
    private static LedgerReads? Missing(LedgerState state, IReadOnlyList<LedgerOperation> operations, DateTimeOffset now)
    {
        HashSet<string>? users = null;
        List<Guid>? originals = null;
        foreach (var operation in operations)
        {
            if (operation.UserId.Length > 0 && !state.Users.ContainsKey(operation.UserId))
            {
                (users ??= new HashSet<string>(StringComparer.Ordinal)).Add(operation.UserId);
            }

            if (operation is ReverseEntry reverse)
            {
                (originals ??= []).Add(reverse.OriginalEntryId);
            }
        }

        return users is null && originals is null
            ? null
            : new LedgerReads { UserIds = users ?? [], Keys = [], OriginalEntryIds = originals ?? [], Day = DateOnly.FromDateTime(now.UtcDateTime) };
    }

    private static void Add(LedgerState state, LedgerState found)
    {
        foreach (var (id, account) in found.Accounts)
        {
            state.Accounts[id] = account;
        }

        foreach (var (id, user) in found.Users)
        {
            state.Users[id] = user;
        }

        foreach (var (id, usage) in found.Usage)
        {
            state.Usage[id] = usage;
        }

        foreach (var (id, entry) in found.Originals)
        {
            state.Originals[id] = entry;
        }

        foreach (var (key, entry) in found.EntriesByKey)
        {
            state.EntriesByKey[key] = entry;
        }

        foreach (var (key, answer) in found.AnswersByKey)
        {
            state.AnswersByKey[key] = answer;
        }

        state.Reversed.UnionWith(found.Reversed);
    }

    private static bool IsSame(LedgerHead left, LedgerHead right) => left.Revision == right.Revision && left.Epoch == right.Epoch;
}
