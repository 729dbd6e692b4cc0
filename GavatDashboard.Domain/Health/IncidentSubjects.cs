namespace GavatDashboard.Domain.Health;

/// <summary>What an incident may be about, beside the seven components: a check that compares the stores.</summary>
public static class IncidentSubjects
{
    private const string Reconciliation = "reconciliation:";

    /// <summary>The subject of a check.</summary>
    public static string OfReconciliation(string checkName) => Reconciliation + checkName;

    /// <summary>Whether a subject is a check.</summary>
    public static bool IsReconciliation(string subject) => subject.StartsWith(Reconciliation, StringComparison.Ordinal);

    /// <summary>The name of the check that a subject is.</summary>
    public static string CheckOf(string subject) => subject[Reconciliation.Length..];

    /// <summary>A subject's name for people.</summary>
    public static string NameOf(string subject) =>
        IsReconciliation(subject) ? $"Reconciliation, {CheckOf(subject)}" : ComponentIds.NameOf(subject);

    /// <summary>The page that shows a subject.</summary>
    public static string AddressOf(string subject) => IsReconciliation(subject) ? "/ledger/reconciliation" : $"/components/{subject}";

    /// <summary>Whether a subject is the ledger itself or what moves its coins.</summary>
    public static bool IsLedger(string subject) =>
        subject is ComponentIds.PostgreSql or ComponentIds.CoinService || subject.StartsWith(Reconciliation + "ledger-", StringComparison.Ordinal);
}
