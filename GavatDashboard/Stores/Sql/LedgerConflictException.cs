namespace GavatDashboard.Stores.Sql;

/// <summary>
/// A batch was decided on what no longer holds: another has written since, or a key was used before. Nothing was written; it has to be
/// decided anew on what the store holds.
/// </summary>
/// <param name="innerException">What the store said.</param>
internal sealed class LedgerConflictException(Exception innerException)
    : Exception($"The ledger is not as the batch took it to be: {innerException.Message}", innerException);
