namespace GavatDashboard.Domain.Coins;

/// <summary>
/// Walks a whole ledger, entry by entry and then account by account, and remembers the first thing that does not fit. Pure:
/// the store feeds it from one snapshot.
/// </summary>
public sealed class LedgerCheck
{
    private static readonly HashSet<string> Counterparts = [SystemAccounts.Earn, SystemAccounts.Spend, SystemAccounts.Adjust];
    private readonly Dictionary<string, Int128> _sums = new(StringComparer.Ordinal);
    private byte[] _lastHash = LedgerHead.Empty.ChainHash;
    private long _lastSequence;
    private Int128 _balances;
    private Int128 _systemBalances;

    /// <summary>The first thing that does not fit, or null. After it nothing more is checked.</summary>
    public LedgerBreak? Break { get; private set; }

    /// <summary>How many entries fit.</summary>
    public long Entries { get; private set; }

    /// <summary>How many accounts fit.</summary>
    public long Accounts { get; private set; }

    /// <summary>The place of the last entry that fits; 0 before the first.</summary>
    public long LastSequence => _lastSequence;

    /// <summary>The sum of all balances, in coins, without the system accounts.</summary>
    public Int128 Balances => _balances;

    /// <summary>What the system accounts hold together, in coins: the opposite of what they gave.</summary>
    public Int128 SystemBalances => _systemBalances;

    /// <summary>Checks the next entry, in the order of the log.</summary>
    /// <returns>False when something does not fit.</returns>
    public bool Accept(Entry entry)
    {
        if (Break is not null)
        {
            return false;
        }

        var sum = _sums.GetValueOrDefault(entry.UserId) + entry.Amount.Value;
        if (!EntryChain.Next(_lastHash, entry).AsSpan().SequenceEqual(entry.ChainHash))
        {
            return Fail(LedgerPart.Chain, $"{Name(entry)} does not fit the chain: it was changed, or one before it was changed or removed");
        }

        if (sum != entry.BalanceAfter.Value)
        {
            return Fail(LedgerPart.Balances, $"{Name(entry)} says that the balance after it is {entry.BalanceAfter}; the entries sum to {sum}");
        }

        if (!Counterparts.Contains(entry.ContraAccount))
        {
            return Fail(LedgerPart.Sum, $"{Name(entry)} moves coins from or to '{entry.ContraAccount}', which is no system account");
        }

        _lastHash = entry.ChainHash;
        _lastSequence = entry.Sequence;
        _sums[entry.UserId] = sum;
        _systemBalances -= entry.Amount.Value;
        Entries++;
        return true;
    }

    /// <summary>Compares the end of the log with the head that is recorded beside it; to be called after the last entry.</summary>
    /// <returns>False when something does not fit.</returns>
    public bool CompareHead(LedgerHead head)
    {
        if (Break is not null)
        {
            return false;
        }

        if (head.Sequence < _lastSequence)
        {
            return Fail(LedgerPart.Chain, $"the recorded head is at place {head.Sequence}, before the last entry at place {_lastSequence}");
        }

        return head.ChainHash.AsSpan().SequenceEqual(_lastHash)
            || Fail(LedgerPart.Chain, $"the recorded head does not fit the last entry at place {_lastSequence}: entries were cut from the end, or the head was changed");
    }

    /// <summary>Checks an account against the entries; to be called after the last entry, once for each account.</summary>
    /// <returns>False when something does not fit.</returns>
    public bool Accept(Account account)
    {
        if (Break is not null)
        {
            return false;
        }

        _sums.Remove(account.UserId, out var sum);
        if (account.Balance.Value != sum)
        {
            return Fail(LedgerPart.Balances, $"the account '{account.UserId}' holds {account.Balance} coins; its entries sum to {sum}");
        }

        if (account.Earned.Value - account.Spent.Value != account.Balance.Value)
        {
            return Fail(LedgerPart.Balances, $"the account '{account.UserId}' holds {account.Balance} coins, but earned {account.Earned} and spent {account.Spent}");
        }

        if (account.Balance < CoinAmount.Zero && !account.InDebt)
        {
            return Fail(LedgerPart.Balances, $"the account '{account.UserId}' holds {account.Balance} coins and is not flagged as a debt");
        }

        _balances += account.Balance.Value;
        Accounts++;
        return true;
    }

    /// <summary>Ends the check; to be called after the last account.</summary>
    /// <returns>False when something does not fit.</returns>
    public bool Finish()
    {
        if (Break is not null)
        {
            return false;
        }

        if (_sums.Count > 0)
        {
            return Fail(LedgerPart.Balances, $"the user '{_sums.Keys.Min(StringComparer.Ordinal)}' has entries and no account");
        }

        return _balances + _systemBalances == 0
            || Fail(LedgerPart.Sum, $"all balances sum to {_balances} coins and the system accounts to {_systemBalances}; together they must be 0");
    }

    /// <summary>Notes that a row cannot even be read.</summary>
    /// <param name="problem">What is wrong with it.</param>
    public void Unreadable(string problem) => Fail(LedgerPart.Chain, $"the row after place {_lastSequence} cannot be read: {problem}");

    private static string Name(Entry entry) => $"the entry {entry.Id} at place {entry.Sequence} of user '{entry.UserId}'";

    private bool Fail(LedgerPart part, string problem)
    {
        Break ??= new LedgerBreak(part, problem);
        return false;
    }
}

/// <summary>What of a ledger was checked.</summary>
public enum LedgerPart
{
    /// <summary>The chain of hashes over all entries.</summary>
    Chain,

    /// <summary>Balances against the sums of entries.</summary>
    Balances,

    /// <summary>That coins only moved: everything sums to zero.</summary>
    Sum,
}

/// <summary>The first thing in a ledger that does not fit.</summary>
/// <param name="Part">Which check found it.</param>
/// <param name="Problem">Where it is and what is wrong, for a person.</param>
public sealed record LedgerBreak(LedgerPart Part, string Problem);
