using System.Text;
using System.Text.Json;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Mirror;

/// <summary>Reads what <see cref="DeltaWriter"/> has written.</summary>
internal sealed class DeltaReader
{
    private readonly byte[] _bytes;
    private int _at;

    private DeltaReader(byte[] bytes) => _bytes = bytes;

    /// <summary>The batch that the bytes hold.</summary>
    /// <exception cref="InvalidDataException">They hold none, or one of another version of the application.</exception>
    public static LedgerDelta Read(byte[] bytes)
    {
        try
        {
            var reader = new DeltaReader(bytes);
            var delta = reader.Delta();
            return reader._at == bytes.Length ? delta : throw new InvalidDataException("A noted batch is longer than what it holds.");
        }
        catch (Exception failure) when (failure is ArgumentException or IndexOutOfRangeException or OverflowException or JsonException or InvalidOperationException)
        {
            throw new InvalidDataException("A noted batch cannot be read.", failure);
        }
    }

    private LedgerDelta Delta()
    {
        if (_bytes[_at++] != DeltaWriter.Version)
        {
            throw new InvalidDataException($"A noted batch is of version {_bytes[0]}, which this application does not know.");
        }

        return new LedgerDelta
        {
            Before = Head(),
            After = Head(),
            At = Time(),
            Entries = Each(Entry),
            NewUsers = Each(User),
            Accounts = Each(Account),
            Usage = Each(Usage),
            Leaderboard = Each(Change),
            Answers = Each(Answer),
            Activities = Each(Activity),
            LastActivity = Each(() => KeyValuePair.Create(Text(), Time())).ToDictionary(StringComparer.Ordinal),
            Policy = TextOrNull() is { } policy ? JsonSerializer.Deserialize<LedgerPolicy>(policy) : null,
            Outbox = Each(() => new OutboxEvent(Number(), (OutboxKind)Number(), Text(), Text())),
        };
    }

    private LedgerHead Head() => new(Number(), Number(), Bytes(), Number());

    private Entry Entry() => new()
    {
        Sequence = Number(),
        Id = Id(),
        UserId = Text(),
        Type = EntryType.FromStore(Text()),
        Amount = new CoinAmount(Number()),
        BalanceAfter = new CoinAmount(Number()),
        ContraAccount = Text(),
        Description = TextOrNull(),
        RelatedUserId = TextOrNull(),
        Metadata = TextOrNull(),
        ReversalOf = Id() is var reversed && reversed != Guid.Empty ? reversed : null,
        IdempotencyKey = Text(),
        RequestHash = Bytes(),
        EffectiveAt = Time(),
        RecordedAt = Time(),
        Actor = Text(),
        Epoch = Number(),
        ChainHash = Bytes(),
    };

    private User User() => new() { Id = Text(), Username = Text(), Type = (UserType)Number(), RegisteredAt = Time() };

    private Account Account()
    {
        var account = new Account
        {
            UserId = Text(),
            Balance = new CoinAmount(Number()),
            Earned = new CoinAmount(Number()),
            Spent = new CoinAmount(Number()),
            Granted = new CoinAmount(Number()),
            Tier = (Tier)Number(),
            InDebt = Number() == 1,
            Version = Number(),
            UpdatedAt = Time(),
        };
        return TextOrNull() is { } reason
            ? account with { Pin = new TierPin((Tier)Number(), reason, Text(), Time() is var end && end > DateTimeOffset.MinValue ? end : null) }
            : account;
    }

    private DayUsage Usage() => new()
    {
        UserId = Text(),
        Day = DateOnly.FromDayNumber((int)Number()),
        Earned = new CoinAmount(Number()),
        Spent = new CoinAmount(Number()),
        Messages = (int)Number(),
    };

    private LeaderboardChange Change() => new(DateOnly.FromDayNumber((int)Number()), Text(), new CoinAmount(Number()), new CoinAmount(Number()));

    private KeptAnswer Answer() => new(
        Text(), Bytes(), Text(), Text(), TextOrNull() is { } refusal ? JsonSerializer.Deserialize<Refusal>(refusal) : null, Time());

    private ActivityEvent Activity() => new()
    {
        Id = Id(),
        Sequence = Number(),
        UserId = Text(),
        Kind = Text(),
        Metadata = TextOrNull(),
        At = Time(),
    };

    private T[] Each<T>(Func<T> read)
    {
        var rows = new T[checked((int)Number())];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = read();
        }

        return rows;
    }

    private DateTimeOffset Time() => new(Number(), TimeSpan.Zero);

    private long Number()
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = _bytes[_at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return (long)(value >> 1) ^ -(long)(value & 1);
            }
        }
    }

    private Guid Id() => new(Take(16));

    private byte[] Bytes() => Take(checked((int)Number())).ToArray();

    private string Text() => TextOrNull() ?? throw new InvalidDataException("A text is missing in a noted batch.");

    private string? TextOrNull() => Number() is var length && length < 0 ? null : Encoding.UTF8.GetString(Take(checked((int)length)));

    private ReadOnlySpan<byte> Take(int length)
    {
        var taken = _bytes.AsSpan(_at, length);
        _at += length;
        return taken;
    }
}
