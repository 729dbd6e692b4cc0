namespace GavatDashboard.Domain.Analysis;

/// <summary>Somebody looked at a flag and found it harmless. It holds until the flag's evidence changes.</summary>
/// <param name="UserId">Whose flag.</param>
/// <param name="Rule">The rule that raised it.</param>
/// <param name="EvidenceHash">The evidence that was looked at.</param>
/// <param name="Reason">Why it is harmless.</param>
/// <param name="Actor">Who said so.</param>
/// <param name="At">When (UTC).</param>
public sealed record FlagDismissal(string UserId, string Rule, string EvidenceHash, string Reason, string Actor, DateTimeOffset At);
