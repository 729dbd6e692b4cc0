using System.Buffers;
using System.Text;
using System.Text.Json;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Stores.Mirror;

/// <summary>
/// A decided batch as bytes, so that it can be noted before it is committed and applied after a restart. It is written for every
/// batch, so it is compact and made without a thought; what is seldom there is JSON.
/// </summary>
/// <remarks>One at a time; the bytes are the writer's own until its next batch.</remarks>
internal sealed class DeltaWriter
{
    /// <summary>What the bytes begin with; a reader that does not know it refuses them.</summary>
    public const byte Version = 1;

    private readonly ArrayBufferWriter<byte> _bytes = new(64 * 1_024);

    /// <summary>The batch as bytes.</summary>
    public ReadOnlySpan<byte> Write(LedgerDelta delta)
    {
        _bytes.ResetWrittenCount();
        _bytes.Write([Version]);
        Head(delta.Before);
        Head(delta.After);
        Time(delta.At);
        Each(delta.Entries, static (to, entry) => to.Entry(entry));
        Each(delta.NewUsers, static (to, user) => to.User(user));
        Each(delta.Accounts, static (to, account) => to.Account(account));
        Each(delta.Usage, static (to, usage) => to.Usage(usage));
        Each(delta.Leaderboard, static (to, change) => to.Change(change));
        Each(delta.Answers, static (to, answer) => to.Answer(answer));
        Each(delta.Activities, static (to, activity) => to.Activity(activity));
        Each(delta.LastActivity, static (to, seen) => to.Text(seen.Key).Time(seen.Value));
        Text(delta.Policy is { } policy ? JsonSerializer.Serialize(policy) : null);
        Each(delta.Outbox, static (to, item) => to.Number(item.Sequence).Number((long)item.Kind).Text(item.Reference).Text(item.UserId));
        return _bytes.WrittenSpan;
    }

    private void Head(LedgerHead head) => Number(head.Epoch).Number(head.Sequence).Bytes(head.ChainHash).Number(head.Revision);

    private void Entry(Entry entry) =>
        Number(entry.Sequence).Id(entry.Id).Text(entry.UserId).Text(entry.Type.Code).Number(entry.Amount.Value).Number(entry.BalanceAfter.Value)
            .Text(entry.ContraAccount).Text(entry.Description).Text(entry.RelatedUserId).Text(entry.Metadata).Id(entry.ReversalOf ?? Guid.Empty)
            .Text(entry.IdempotencyKey).Bytes(entry.RequestHash).Time(entry.EffectiveAt).Time(entry.RecordedAt).Text(entry.Actor).Number(entry.Epoch)
            .Bytes(entry.ChainHash);

    private void User(User user) => Text(user.Id).Text(user.Username).Number((long)user.Type).Time(user.RegisteredAt);

    private void Account(Account account)
    {
        Text(account.UserId).Number(account.Balance.Value).Number(account.Earned.Value).Number(account.Spent.Value).Number(account.Granted.Value)
            .Number((long)account.Tier).Number(account.InDebt ? 1 : 0).Number(account.Version).Time(account.UpdatedAt)
            .Text(account.Pin?.Reason);
        if (account.Pin is { } pin)
        {
            Number((long)pin.Tier).Text(pin.Actor).Time(pin.ExpiresAt ?? DateTimeOffset.MinValue);
        }
    }

    private void Usage(DayUsage usage) =>
        Text(usage.UserId).Number(usage.Day.DayNumber).Number(usage.Earned.Value).Number(usage.Spent.Value).Number(usage.Messages);

    private void Change(LeaderboardChange change) =>
        Number(change.Slice.DayNumber).Text(change.UserId).Number(change.Earned.Value).Number(change.Spent.Value);

    private void Answer(KeptAnswer answer) =>
        Text(answer.IdempotencyKey).Bytes(answer.RequestHash).Text(answer.UserId).Text(answer.Kind)
            .Text(answer.Refusal is { } refusal ? JsonSerializer.Serialize(refusal) : null).Time(answer.At);

    private void Activity(ActivityEvent activity) =>
        Id(activity.Id).Number(activity.Sequence).Text(activity.UserId).Text(activity.Kind).Text(activity.Metadata).Time(activity.At);

    private void Each<T>(IReadOnlyCollection<T> rows, Action<DeltaWriter, T> write)
    {
        Number(rows.Count);
        foreach (var row in rows)
        {
            write(this, row);
        }
    }

    private DeltaWriter Time(DateTimeOffset instant) => Number(instant.UtcTicks);

    /// <summary>Seven bits a byte, small numbers of either sign first.</summary>
    private DeltaWriter Number(long value)
    {
        var rest = (ulong)((value << 1) ^ (value >> 63));
        var span = _bytes.GetSpan(10);
        var length = 0;
        while (rest >= 0x80)
        {
            span[length++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        span[length++] = (byte)rest;
        _bytes.Advance(length);
        return this;
    }

    private DeltaWriter Id(Guid id)
    {
        id.TryWriteBytes(_bytes.GetSpan(16));
        _bytes.Advance(16);
        return this;
    }

    private DeltaWriter Bytes(byte[] bytes)
    {
        Number(bytes.Length);
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>The length goes first; -1 stands for none.</summary>
    private DeltaWriter Text(string? text)
    {
        if (text is null)
        {
            return Number(-1);
        }

        Number(Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, _bytes);
        return this;
    }
}
