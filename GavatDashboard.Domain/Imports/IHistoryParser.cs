namespace GavatDashboard.Domain.Imports;

/// <summary>Tells what each line of a history file means. It is made for one file and sees its lines in order.</summary>
public interface IHistoryParser
{
    /// <summary>What a line means.</summary>
    /// <param name="line">The next line of the file.</param>
    HistoryLine Parse(RawLine line);
}
