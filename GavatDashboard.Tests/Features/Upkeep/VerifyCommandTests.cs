using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Upkeep;
using GavatDashboard.Stores;
using GavatDashboard.Stores.Sqlite;
using GavatDashboard.Tests.Features.Security;
using GavatDashboard.Tests.Stores;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace GavatDashboard.Tests.Features.Upkeep;

/// <summary>The verb verify on whole and on damaged stores; the ledger itself is PostgreSQL or SQLite.</summary>
public abstract class VerifyCommandContract<TLedger> : IAsyncLifetime, IDisposable
    where TLedger : LedgerUnderTest, new()
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();
    private ConsoleHost _console = null!;

    protected TLedger Subject { get; } = new();

    public async Task InitializeAsync()
    {
        _console = await ConsoleHost.StartAsync();
        await Subject.InitializeAsync();
        await Subject.CreateUserAsync("ayla");
        await Subject.CreateUserAsync("bora");
        var earned = (await Subject.DoAsync(Operations.Post("ayla", "earn_purchase", 300))).Posted();
        await Subject.DoAsync(Operations.Post("ayla", "spend_content"));
        await Subject.DoAsync(Operations.Post("bora", "earn_admin", 40));
        await Subject.DoAsync(Operations.Post("bora", "spend_admin", 15));
        await Subject.DoAsync(Operations.Reverse((await Subject.DoAsync(Operations.Post("bora", "earn_task"))).Posted().Entry));
        Assert.Equal(300, earned.Entry.Amount.Value);
        await using var fallback = new SqliteDatabase(FallbackFile);
        SqliteMigrations.Run(fallback, NullLogger.Instance);
    }

    public async Task DisposeAsync()
    {
        await Subject.DisposeAsync();
        await _console.DisposeAsync();
    }

    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Verify_WholeStores_SaysWhatWasCheckedAndSucceeds()
    {
        Assert.Equal((0, ""), await RunAsync());
        Assert.Contains("6 entries", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("2 accounts equal", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("accounts 315 and system accounts -315", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("everything fits", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UPDATE coin_transactions SET amount = amount + 1 WHERE idempotency_key = (SELECT min(idempotency_key) FROM coin_transactions)", "does not fit the chain")]
    [InlineData("UPDATE coin_transactions SET description = 'a gift' WHERE type = 'spend_admin'", "of user 'bora' does not fit the chain")]
    [InlineData("DELETE FROM coin_transactions WHERE type = 'spend_content'", "does not fit the chain")]
    [InlineData("DELETE FROM coin_transactions WHERE type = 'reversal'", "entries were cut from the end")]
    [InlineData("UPDATE ledger_head SET seq = 1", "before the last entry")]
    [InlineData("UPDATE coin_transactions SET type = 'earn_luck' WHERE type = 'earn_admin'", "cannot be read")]
    [InlineData("UPDATE coin_balances SET balance = balance + 7, earned = earned + 7 WHERE user_id = 'ayla'", "the account 'ayla' holds 297 coins; its entries sum to 290")]
    [InlineData("DELETE FROM coin_balances WHERE user_id = 'bora'", "the user 'bora' has entries and no account")]
    public async Task Verify_DamagedLedger_FailsAndNamesTheFirstBreak(string damage, string named)
    {
        await ExecuteAsync(damage);

        var (code, errors) = await RunAsync();

        Assert.Equal(1, code);
        Assert.Contains(named, errors, StringComparison.Ordinal);
        Assert.StartsWith("ledger: ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("everything fits", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_DamagedAuditTrail_FailsAndNamesThePlace()
    {
        await using (var connection = new SqliteConnection($"Data Source={Locations.ConsoleFile}"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "DROP TRIGGER audit_entries_no_update; UPDATE audit_entries SET actor = 'somebody' WHERE seq = 1";
            await command.ExecuteNonQueryAsync();
        }

        var (code, errors) = await RunAsync();

        Assert.Equal(1, code);
        Assert.Equal("audit trail: at place 1 the row's content was changed", errors.Trim());
    }

    [Fact]
    public async Task Verify_MissingFallback_SaysWhereItWasLookedFor()
    {
        var (code, errors) = await RunAsync(Locations with { FallbackFile = "/nowhere/gavatcore_v2.db" });

        Assert.Equal(1, code);
        Assert.Contains("/nowhere/gavatcore_v2.db", errors, StringComparison.Ordinal);
    }

    internal abstract StoreLocations LocationsIn(string folder, string fallbackFile);

    protected abstract Task ExecuteAsync(string sql);

    private string FallbackFile => Path.Combine(Path.Combine(_console.Folder, "data"), "gavatcore_v2.db");

    private StoreLocations Locations => LocationsIn(Path.Combine(_console.Folder, "data"), FallbackFile);

    private async Task<(int Code, string Errors)> RunAsync(StoreLocations? locations = null)
    {
        var audit = _console.Services.GetRequiredService<IAuditLog>();
        var code = await new VerifyCommand(locations ?? Locations, audit.VerifyAsync, _output, _errors).RunAsync(CancellationToken.None);
        return (code, _errors.ToString());
    }
}

public sealed class PostgresVerifyCommandTests : VerifyCommandContract<PostgresUnderTest>
{
    internal override StoreLocations LocationsIn(string folder, string fallbackFile) => new(folder, Subject.ConnectionString, fallbackFile);

    protected override async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Subject.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        Assert.True(await command.ExecuteNonQueryAsync() > 0);
    }
}

public sealed class SqliteVerifyCommandTests : VerifyCommandContract<SqliteUnderTest>
{
    internal override StoreLocations LocationsIn(string folder, string fallbackFile)
    {
        // The ledger under test is a file elsewhere; the verb looks for it in the data folder.
        var primary = Path.Combine(folder, "primary.db");
        if (!File.Exists(primary))
        {
            File.CreateSymbolicLink(primary, Subject.Database.Path);
        }

        return new StoreLocations(folder, null, fallbackFile);
    }

    protected override async Task ExecuteAsync(string sql)
    {
        await using var connection = await Subject.Database.OpenAsync(CancellationToken.None);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.True(await command.ExecuteNonQueryAsync() > 0);
    }
}

public sealed class VerifyArgumentsTests
{
    [Theory]
    [InlineData("verify", "--data")]
    [InlineData("verify", "--data", "a", "--data", "b")]
    [InlineData("verify", "--colour")]
    [InlineData("verify", "here")]
    public async Task Run_BadArguments_IsAUsageError(params string[] args) =>
        Assert.Equal(2, await VerifyCommand.RunAsync(args, CancellationToken.None));

    [Fact]
    public void Balance_OfADebtWithoutFlag_DoesNotFit()
    {
        var check = new LedgerCheck();
        Assert.True(check.CompareHead(LedgerHead.Empty));
        Assert.False(check.Accept(new Account { UserId = "x", Version = 1, UpdatedAt = LedgerUnderTest.Noon, Balance = new CoinAmount(-3), Spent = new CoinAmount(3) }));
        Assert.Equal(LedgerPart.Balances, check.Break!.Part);
    }
}
