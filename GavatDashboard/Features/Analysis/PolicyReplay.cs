using GavatDashboard.Domain.Analysis;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Analysis;

/// <summary>
/// One user's month, to be decided again under a policy by <see cref="LedgerBatch"/>, each request at the instant at which it was decided
/// in earnest: what went through, and what was refused and kept.
/// </summary>
internal sealed class PolicyReplay
{
    private readonly User _user;
    private readonly Account _account;
    private readonly IReadOnlyList<Entry> _entries;
    private readonly IReadOnlyDictionary<Guid, Entry> _originals;
    private readonly IReadOnlyList<Step> _steps;

    /// <summary>Takes the month.</summary>
    /// <param name="user">The user.</param>
    /// <param name="account">The account as it is now.</param>
    /// <param name="entries">The entries of the month, oldest first.</param>
    /// <param name="refusals">The refusals of the month that were kept, in any order.</param>
    /// <param name="originals">Entries that entries of the month reverse, by id.</param>
    public PolicyReplay(User user, Account account, IReadOnlyList<Entry> entries, IReadOnlyList<KeptAnswer> refusals, IReadOnlyDictionary<Guid, Entry> originals)
    {
        (_user, _account, _entries, _originals) = (user, account, entries, originals);
        var asked = refusals.Select(answer => (answer.At, Request: ToRequest(answer))).ToList();
        Unknown = asked.Count(refused => refused.Request is null);
        _steps =
        [
            .. entries.Select(entry => new Step(entry.EffectiveAt, ToRequest(entry), WasRefused: false))
                .Concat(asked.Where(refused => refused.Request is not null).Select(refused => new Step(refused.At, refused.Request!, WasRefused: true)))
                .OrderBy(step => step.At),
        ];
    }

    /// <summary>Refusals of which was not kept what they refused; they are not asked again.</summary>
    public int Unknown { get; }

    /// <summary>Decides the month again.</summary>
    public ReplayedMonth Run(LedgerPolicy policy)
    {
        var state = new LedgerState { Head = LedgerHead.Empty, Policy = policy };
        state.Users[_user.Id] = _user;
        state.Accounts[_user.Id] = Opening();
        var (sums, posted, refused) = (new SimulatedSums(), new List<Entry>(), new List<HistoryRefusal>());
        foreach (var step in _steps)
        {
            if (step.Request is ReverseEntry { OriginalEntryId: var id } && !state.Originals.ContainsKey(id))
            {
                // What did not go through in this replay cannot be undone; what is older than the month can.
                if (_entries.Any(entry => entry.Id == id))
                {
                    continue;
                }

                state.Originals[id] = _originals[id];
            }

            var (_, results) = LedgerBatch.Decide(state, [step.Request], step.At);
            sums.Count(step, results[0]);
            if (results[0] is OperationResult.Posted { Entry: var entry })
            {
                posted.Add(entry);
                state.Originals[entry.Id] = entry;
            }
            else if (results[0] is OperationResult.Refused { Refusal: { IsKept: true } refusal })
            {
                refused.Add(new(step.At, refusal.Code));
            }
        }

        return new(sums, state.Accounts[_user.Id], posted, refused);
    }

    /// <summary>The account before the month: what it is now, less what the month brought.</summary>
    private Account Opening()
    {
        var (earned, spent, granted) = (0L, 0L, 0L);
        foreach (var entry in _entries)
        {
            var moves = entry.ReversalOf is { } id ? _originals[id].Type : entry.Type;
            var isEarn = moves.Direction == EntryDirection.Earn;
            earned += isEarn ? entry.Amount.Value : 0;
            granted += moves.IsGranted ? entry.Amount.Value : 0;
            spent -= isEarn ? 0 : entry.Amount.Value;
        }

        return _account with
        {
            Earned = new(_account.Earned.Value - earned),
            Spent = new(_account.Spent.Value - spent),
            Granted = new(_account.Granted.Value - granted),
            Balance = new(_account.Balance.Value - earned + spent),
            InDebt = false,
        };
    }

    private static LedgerOperation ToRequest(Entry entry)
    {
        if (entry.ReversalOf is { } original)
        {
            return new ReverseEntry
            {
                EntryId = entry.Id, IdempotencyKey = entry.IdempotencyKey, Actor = entry.Actor, UserId = entry.UserId, OriginalEntryId = original, Reason = entry.Description ?? string.Empty,
            };
        }

        var atPrice = new PostCoins
        {
            EntryId = entry.Id,
            IdempotencyKey = entry.IdempotencyKey,
            Actor = entry.Actor,
            UserId = entry.UserId,
            Type = entry.Type,
            Description = entry.Description,
            RelatedUserId = entry.RelatedUserId,
            Metadata = entry.Metadata,

            // History that was imported was outside the limits, and is so again.
            EffectiveAt = entry.EffectiveAt != entry.RecordedAt ? entry.EffectiveAt : null,
        };

        // The hash of what was asked for tells whether an amount was named; one that was named stays what it was under other prices.
        return atPrice.ComputeRequestHash().AsSpan().SequenceEqual(entry.RequestHash) ? atPrice : atPrice with { Amount = entry.Amount.Abs() };
    }

    /// <summary>The request that was refused, or null where it was not kept what was asked for.</summary>
    private static PostCoins? ToRequest(KeptAnswer answer) => answer.Refusal is { EntryType: { } code } refusal && EntryType.TryFind(code, out var type)
        ? new PostCoins
        {
            IdempotencyKey = answer.IdempotencyKey, Actor = "simulation", UserId = answer.UserId, Type = type, Amount = refusal.NamedAmount is { } coins ? new CoinAmount(coins) : null,
        }
        : null;

    /// <summary>A request of the month.</summary>
    /// <param name="At">When it was decided (UTC).</param>
    /// <param name="Request">What was asked for.</param>
    /// <param name="WasRefused">Whether it was refused then.</param>
    internal sealed record Step(DateTimeOffset At, LedgerOperation Request, bool WasRefused);
}

/// <summary>A month that was decided again.</summary>
/// <param name="Sums">What came of it.</param>
/// <param name="Account">The account at its end.</param>
/// <param name="Entries">What went through, oldest first.</param>
/// <param name="Refusals">What was refused.</param>
internal sealed record ReplayedMonth(SimulatedSums Sums, Account Account, IReadOnlyList<Entry> Entries, IReadOnlyList<HistoryRefusal> Refusals);
