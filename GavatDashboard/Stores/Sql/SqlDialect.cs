using System.Data.Common;

namespace GavatDashboard.Stores.Sql;

/// <summary>What differs between the two SQL stores when the same question is asked: lists, times, ids and days.</summary>
internal abstract class SqlDialect
{
    /// <summary>A condition that a column is one of a list that was added under a parameter's name.</summary>
    public abstract string AnyOf(string column, string parameter);

    /// <summary>A condition that a column contains a text, any case; the parameter holds a LIKE pattern with '\' as escape.</summary>
    public abstract string Like(string column, string parameter);

    /// <summary>Locks the row of the ledger's head for the rest of the transaction.</summary>
    public abstract string LockHead { get; }

    /// <summary>Statements that go before those that load a batch, each run in the batch's transaction.</summary>
    public abstract IReadOnlyList<string> BeforeLoad { get; }

    /// <summary>Adds a list of texts.</summary>
    public abstract void AddTexts(DbCommand command, string name, IReadOnlyCollection<string> values);

    /// <summary>Adds a list of ids.</summary>
    public abstract void AddIds(DbCommand command, string name, IReadOnlyCollection<Guid> values);

    /// <summary>Adds an instant.</summary>
    public abstract void AddTime(DbCommand command, string name, DateTimeOffset value);

    /// <summary>Adds a day.</summary>
    public abstract void AddDay(DbCommand command, string name, DateOnly value);

    /// <summary>Adds an id.</summary>
    public abstract void AddId(DbCommand command, string name, Guid value);

    /// <summary>Adds a text or a number.</summary>
    public void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }

    /// <summary>Reads an instant.</summary>
    public abstract DateTimeOffset GetTime(DbDataReader reader, int ordinal);

    /// <summary>Reads a day.</summary>
    public abstract DateOnly GetDay(DbDataReader reader, int ordinal);

    /// <summary>Reads an id.</summary>
    public abstract Guid GetId(DbDataReader reader, int ordinal);

    /// <summary>Reads an instant that may be absent.</summary>
    public DateTimeOffset? GetTimeOrNull(DbDataReader reader, int ordinal) =>
        reader.IsDBNull(ordinal) ? null : GetTime(reader, ordinal);
}
