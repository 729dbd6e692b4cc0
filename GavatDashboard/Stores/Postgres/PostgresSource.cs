using Npgsql;

namespace GavatDashboard.Stores.Postgres;

/// <summary>Makes the one data source of the process, with what the ledger needs where the connection string is silent.</summary>
internal static class PostgresSource
{
    public static NpgsqlDataSource Create(string connectionString, ILoggerFactory loggerFactory)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        // The reset at close drops cached plans and halves the throughput; the ledger leaves no session state behind.
        Default("No Reset On Close", () => settings.NoResetOnClose = true);
        Default("Minimum Pool Size", () => settings.MinPoolSize = 5);
        Default("Maximum Pool Size", () => settings.MaxPoolSize = 20);
        Default("Max Auto Prepare", () => settings.MaxAutoPrepare = 100);
        Default("Auto Prepare Min Usages", () => settings.AutoPrepareMinUsages = 3);
        Default("Timeout", () => settings.Timeout = 3);
        Default("Command Timeout", () => settings.CommandTimeout = 5);
        Default("Cancellation Timeout", () => settings.CancellationTimeout = 1000);
        Default("Application Name", () => settings.ApplicationName = "GavatDashboard");
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = "ledger" };
        builder.UseLoggerFactory(loggerFactory);
        return builder.Build();

        void Default(string keyword, Action set)
        {
            if (!new System.Data.Common.DbConnectionStringBuilder { ConnectionString = connectionString }.ContainsKey(keyword))
            {
                set();
            }
        }
    }
}
