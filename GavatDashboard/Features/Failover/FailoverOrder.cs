namespace GavatDashboard.Features.Failover;

/// <summary>What an admin asks for on the page, with all that the server wants to see first.</summary>
/// <param name="Kind">What.</param>
/// <param name="Scope">Of a drill: how.</param>
/// <param name="Reason">Why.</param>
/// <param name="Typed">What was typed to confirm it.</param>
/// <param name="Password">The password, where the sign-in is no longer fresh; else empty.</param>
/// <param name="IdempotencyKey">The key under which it happens once, however often the button is pressed.</param>
internal sealed record FailoverOrder(FailoverRequestKind Kind, DrillScope Scope, string Reason, string Typed, string Password, string IdempotencyKey)
{
    /// <summary>The fewest characters of a reason.</summary>
    public const int FewestReasonCharacters = 3;

    /// <summary>The most characters of a reason.</summary>
    public const int MostReasonCharacters = 500;

    /// <summary>Whether an action moves writes, or keeps them from moving, so that it has to be confirmed by typing its name.</summary>
    public static bool NeedsTyping(FailoverRequestKind kind) =>
        kind is not (FailoverRequestKind.Abort or FailoverRequestKind.Resume or FailoverRequestKind.EndOutage);

    /// <summary>What has to be typed; the same in every language, as it is in runbooks.</summary>
    public static string WordOf(FailoverRequestKind kind) => kind switch
    {
        FailoverRequestKind.FailOver => "FAIL OVER",
        FailoverRequestKind.Recover => "RECOVER",
        FailoverRequestKind.Drill => "DRILL",
        FailoverRequestKind.Pause => "PAUSE",
        FailoverRequestKind.TakeOver => "TAKE OVER",
        FailoverRequestKind.SimulateOutage => "OUTAGE",
        _ => string.Empty,
    };
}

/// <summary>What became of an order.</summary>
internal enum FailoverOrderOutcome
{
    /// <summary>It was begun.</summary>
    Begun,

    /// <summary>It had been begun before, with other words.</summary>
    BegunBefore,

    /// <summary>Whoever asks is no admin, or no longer one.</summary>
    NotAllowed,

    /// <summary>The reason is missing, too short or too long.</summary>
    ReasonMissing,

    /// <summary>What was typed is not the word.</summary>
    NotConfirmed,

    /// <summary>The sign-in is not fresh, and the password is wrong or missing.</summary>
    PasswordNeeded,

    /// <summary>The coordinator refused it, with its words.</summary>
    Refused,
}
