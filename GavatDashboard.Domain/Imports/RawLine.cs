namespace GavatDashboard.Domain.Imports;

/// <summary>A line as it stands in the file.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Text">Its text without the line end; empty where <paramref name="Problem"/> says why it cannot be read.</param>
/// <param name="Problem">Why it cannot be read, for a person; null where it can.</param>
public readonly record struct RawLine(long Number, string Text, string? Problem)
{
    /// <summary>Whether there is nothing on it.</summary>
    public bool IsBlank => Problem is null && string.IsNullOrWhiteSpace(Text);
}
