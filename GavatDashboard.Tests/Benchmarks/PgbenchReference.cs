using System.Diagnostics;
using System.Globalization;
using GavatDashboard.Tests.Servers;
using Npgsql;

namespace GavatDashboard.Tests.Benchmarks;

/// <summary>PostgreSQL's own benchmark program, as what a straightforward client would reach on the same server.</summary>
internal sealed class PgbenchReference
{
    /// <summary>An insert and an update as one prepared statement, a commit each.</summary>
    public const string Plain = "plain.sql";

    /// <summary>The same, always on one row.</summary>
    public const string PlainHot = "plain-hot.sql";

    /// <summary>The work of a coin operation in a function: key, limit, funds, entry, balance, tier, counters, leaderboard; no chain and no mirror.</summary>
    public const string Full = "full.sql";

    /// <summary>The same, always on one account.</summary>
    public const string FullHot = "full-hot.sql";

    private const string Schema =
        """
        CREATE TABLE plain_accounts (id int PRIMARY KEY, balance bigint NOT NULL);
        CREATE TABLE plain_entries (id bigserial PRIMARY KEY, account int NOT NULL, amount bigint NOT NULL, at timestamptz NOT NULL DEFAULT now());
        CREATE TABLE full_accounts (user_id text PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0), earned bigint NOT NULL, spent bigint NOT NULL,
            tier text NOT NULL, version bigint NOT NULL) WITH (fillfactor = 90);
        CREATE TABLE full_entries (seq bigserial PRIMARY KEY, entry_id uuid NOT NULL UNIQUE, user_id text NOT NULL, type text NOT NULL, amount bigint NOT NULL,
            balance_after bigint NOT NULL, idempotency_key text NOT NULL UNIQUE, request_hash bytea NOT NULL, at timestamptz NOT NULL);
        CREATE INDEX full_entries_by_user ON full_entries (user_id, at DESC, seq DESC);
        CREATE TABLE full_limits (day date, user_id text, earned bigint NOT NULL, PRIMARY KEY (day, user_id)) WITH (fillfactor = 90);
        CREATE TABLE full_boards (slice_start date, user_id text, earned bigint NOT NULL, PRIMARY KEY (slice_start, user_id)) WITH (fillfactor = 90);
        CREATE FUNCTION full_work(who text, coins bigint, key text) RETURNS bigint LANGUAGE plpgsql AS $$
        DECLARE a full_accounts; used bigint;
        BEGIN
            SELECT * INTO a FROM full_accounts WHERE user_id = who FOR UPDATE;
            IF EXISTS (SELECT 1 FROM full_entries WHERE idempotency_key = key) THEN RETURN a.balance; END IF;
            SELECT earned INTO used FROM full_limits WHERE day = current_date AND user_id = who;
            IF coalesce(used, 0) + coins > 1000000000000 OR a.balance + coins < 0 THEN RETURN -1; END IF;
            INSERT INTO full_entries (entry_id, user_id, type, amount, balance_after, idempotency_key, request_hash, at)
            VALUES (gen_random_uuid(), who, 'earn_share', coins, a.balance + coins, key, sha256(key::bytea), now());
            UPDATE full_accounts SET balance = a.balance + coins, earned = a.earned + coins, version = a.version + 1,
                tier = CASE WHEN a.earned + coins >= 5000 THEN 'platinum' WHEN a.earned + coins >= 2000 THEN 'gold' WHEN a.earned + coins >= 500 THEN 'silver' ELSE 'bronze' END
            WHERE user_id = who;
            INSERT INTO full_limits VALUES (current_date, who, coins) ON CONFLICT (day, user_id) DO UPDATE SET earned = full_limits.earned + excluded.earned;
            INSERT INTO full_boards VALUES (date_trunc('week', now())::date, who, coins)
            ON CONFLICT (slice_start, user_id) DO UPDATE SET earned = full_boards.earned + excluded.earned;
            RETURN a.balance + coins;
        END $$;
        """;

    private readonly PostgresServer server;
    private readonly string database;
    private readonly string folder;

    private PgbenchReference(PostgresServer server, string database, string folder)
    {
        this.server = server;
        this.database = database;
        this.folder = folder;
    }

    /// <summary>Makes tables of its own beside the ledger's, and the scripts.</summary>
    public static async Task<PgbenchReference> PrepareAsync(PostgresServer server, PostgresDatabase database, NpgsqlDataSource source, string folder)
    {
        var users = BenchmarkLedger.Users.ToString(CultureInfo.InvariantCulture);
        await using var command = source.CreateCommand(
            $"""
            {Schema}
            INSERT INTO plain_accounts SELECT i, 0 FROM generate_series(1, {users}) i;
            INSERT INTO full_accounts SELECT 'user-' || lpad(i::text, 5, '0'), 0, 0, 0, 'bronze', 1 FROM generate_series(1, {users}) i;
            ANALYZE plain_accounts; ANALYZE full_accounts
            """);
        await command.ExecuteNonQueryAsync();
        const string Insert =
            "WITH e AS (INSERT INTO plain_entries (account, amount) VALUES (:id, 3) RETURNING account, amount) UPDATE plain_accounts a SET balance = a.balance + e.amount FROM e WHERE a.id = e.account;";
        const string Call = "SELECT full_work('user-' || lpad((:id)::int::text, 5, '0'), 3, md5(random()::text));";
        foreach (var (name, statement, id) in new[]
        {
            (Plain, Insert, $"random(1, {users})"), (PlainHot, Insert, "1"), (Full, Call, $"random(1, {users})"), (FullHot, Call, "1"),
        })
        {
            await File.WriteAllTextAsync(Path.Combine(folder, name), $"\\set id {id}\n{statement}\n");
        }

        return new PgbenchReference(server, new NpgsqlConnectionStringBuilder(database.ConnectionString).Database!, folder);
    }

    /// <summary>Transactions a second.</summary>
    public async Task<double> RunAsync(string script, int clients, int seconds)
    {
        var start = new ProcessStartInfo(ServerPrograms.Postgres("pgbench")) { RedirectStandardOutput = true };
        foreach (var argument in (string[])
        [
            "-n", "-M", "prepared", "-f", Path.Combine(folder, script), "-c", Text(clients), "-j", Text(Math.Min(clients, 2)), "-T", Text(seconds),
            "-h", server.Host, "-p", Text(server.Port), "-U", "postgres", database,
        ])
        {
            start.ArgumentList.Add(argument);
        }

        using var run = Process.Start(start) ?? throw new InvalidOperationException("pgbench did not start.");
        var text = await run.StandardOutput.ReadToEndAsync();
        await run.WaitForExitAsync();
        var line = text.Split('\n').SingleOrDefault(line => line.StartsWith("tps = ", StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"pgbench ended with {run.ExitCode} and no figure:\n{text}");
        return double.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture);

        static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
    }
}
