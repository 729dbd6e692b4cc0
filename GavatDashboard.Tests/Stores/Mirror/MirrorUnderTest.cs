using GavatDashboard.Stores;
using GavatDashboard.Stores.Mirror;
using GavatDashboard.Stores.Sql;
using GavatDashboard.Stores.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace GavatDashboard.Tests.Stores.Mirror;

/// <summary>A migrated fallback in a file of its own that mirrors a primary.</summary>
internal sealed class MirrorUnderTest : IAsyncDisposable
{
    private readonly FallbackDatabase _fallback;
    private readonly MirrorTakeover _takeover;
    private readonly MirrorResync _resync;

    public MirrorUnderTest(ILedgerStorage primary, string path)
    {
        _fallback = new FallbackDatabase(new SqliteDatabase(path));
        SqliteMigrations.Run(_fallback.Database, NullLogger.Instance);
        Ledger = new SqliteLedger(_fallback.Database, TimeProvider.System);
        Stores = new LedgerStores(primary, Ledger);
        Journal = new MirrorJournal(_fallback);
        Marker = new PromotableMarker(path);
        Standing = new MirrorStanding(Marker, TimeProvider.System, NullLogger<MirrorStanding>.Instance);
        Tables = new MirrorTables(Journal, Standing);
        Mirror = new LedgerMirror(Journal, Standing, Tables, NullLogger<LedgerMirror>.Instance);
        _takeover = new MirrorTakeover(Mirror, Tables, Standing, Journal, new MirrorPromotion(_fallback, Journal));
        _resync = new MirrorResync(
            Mirror, Tables, Standing, Journal, new MirrorCopy(primary, _fallback, Journal), Stores, TimeProvider.System, NullLogger<MirrorResync>.Instance);
    }

    public LedgerStores Stores { get; }

    public LedgerMirror Mirror { get; }

    public MirrorStanding Standing { get; }

    public MirrorTables Tables { get; }

    public MirrorJournal Journal { get; }

    public PromotableMarker Marker { get; }

    public SqliteLedger Ledger { get; }

    public SqliteDatabase Database => _fallback.Database;

    /// <summary>Opens the mirror as a start of the application does.</summary>
    public Task OpenAsync() => Mirror.OpenAsync(CancellationToken.None);

    /// <summary>Copies what the primary holds, and follows.</summary>
    public async Task<bool> ResyncAsync()
    {
        if (Standing.Status.State != MirrorState.Behind)
        {
            await Mirror.DistrustAsync("it is copied anew");
        }

        return await _resync.RunAsync(CancellationToken.None);
    }

    /// <summary>Lets the fallback take over, as when the primary is gone.</summary>
    public Task<Promotion> PromoteAsync() => _takeover.PromoteAsync(
        head => new Reign(head.Head.Epoch + 1, "test", ControlledHead.Fallback, head.Head.Epoch),
        (_, _, _) => { });

    public async Task FollowAsync()
    {
        await OpenAsync();
        Assert.True(await ResyncAsync());
    }

    public async ValueTask DisposeAsync()
    {
        Mirror.Dispose();
        Standing.Dispose();
        await Journal.DisposeAsync();
        await _fallback.DisposeAsync();
    }
}
