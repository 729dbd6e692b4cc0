using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Users;

/// <summary>What an admin wants to change about an account.</summary>
internal enum AdjustmentKind
{
    /// <summary>Give coins.</summary>
    Add,

    /// <summary>Take coins.</summary>
    Remove,

    /// <summary>Undo an entry.</summary>
    Reverse,

    /// <summary>Pin a tier, or take the pin away.</summary>
    Tier,
}

/// <summary>A change as an admin asks for it; nothing of it has been checked.</summary>
/// <param name="Kind">What to change.</param>
/// <param name="UserId">Whose account.</param>
/// <param name="Reason">Why; 1 to 500 characters.</param>
/// <param name="IdempotencyKey">The key under which it happens once, however often it is confirmed.</param>
internal sealed record Adjustment(AdjustmentKind Kind, string UserId, string Reason, string IdempotencyKey)
{
    /// <summary>Coins to give or take.</summary>
    public long? Amount { get; init; }

    /// <summary>The entry to undo.</summary>
    public Guid? EntryId { get; init; }

    /// <summary>The tier to pin; null takes the pin away.</summary>
    public Tier? Tier { get; init; }

    /// <summary>When the pin ends (UTC), or null.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}
