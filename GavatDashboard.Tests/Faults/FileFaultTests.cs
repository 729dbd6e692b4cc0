using GavatDashboard.Tests.Faults.Harness;
using GavatDashboard.Tests.Servers;
using Xunit.Abstractions;

namespace GavatDashboard.Tests.Faults;

/// <summary>The fallback's disk is full, its file read-only or damaged: the primary goes on alone, and the fallback is taken up again when it can be.</summary>
[Trait("Category", "Fault")]
public sealed class FileFaultTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);
    private static readonly Fault Nothing = new("nothing", (_, _) => Task.CompletedTask);
    private readonly string folder = Directory.CreateTempSubdirectory("gavat-disk-").FullName;
    private SmallDisk? disk;
    private FaultArena arena = null!;
    private OracleCallers callers = null!;

    public async Task InitializeAsync()
    {
        (disk, var why) = await SmallDisk.TryMountAsync(Path.Combine(folder, "disk"), megabytes: 64);
        output.WriteLine(disk is null ? why : "a disk of 64 MB is mounted");
        arena = await FaultArena.StartAsync(settings: new Dictionary<string, string> { ["ConnectionStrings__Sqlite"] = Path.Combine(folder, "disk", "gavatcore_v2.db") });
        callers = await arena.StartCallersAsync(Random.Shared.Next(1_000_000), callers: 4, pauseMs: 5, Recovery);
        await arena.WaitUntilFollowingAsync(Recovery);
    }

    public async Task DisposeAsync()
    {
        callers.Dispose();
        await arena.DisposeAsync();
        if (disk is not null)
        {
            await disk.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Fallback_OnAFullDisk_LetsThePrimaryGoOnAloneAndCatchesUp()
    {
        if (disk is null)
        {
            // Said above. Only root may mount one; PageLimitTests fill the file by SQLite's own limit everywhere.
            return;
        }

        var full = new Fault("the fallback's disk is full", async (_, _) =>
        {
            disk.Fill();
            await WaitUntilNotPromotableAsync();
            await arena.WaitUntilAcknowledgesAsync(callers, Recovery);
            disk.Free();
        });
        var (verdict, silenceMs) = await arena.StrikeAsync(callers, full, TimeSpan.Zero, Recovery);

        output.WriteLine($"no acknowledgement for {silenceMs:N0} ms");
        Assert.True(verdict.IsClean, verdict.ToString());
        await arena.SettleAndJudgeAsync(Recovery);
    }

    [Fact]
    public async Task Fallback_WithADamagedFile_IsSetAsideAndMadeAnew()
    {
        await arena.StrikeAsync(callers, Nothing, TimeSpan.Zero, Recovery);
        await arena.App.StopAsync();
        DamageEveryPageButTheFirst(arena.FallbackPath);

        await arena.App.StartAsync();

        // It gave the ledger up in order before, so that file held nothing which PostgreSQL lacks.
        await arena.App.WaitUntilStateAsync("primary", Recovery);
        Assert.Single(Directory.GetDirectories(Path.GetDirectoryName(arena.FallbackPath)!, "*.damaged-*"));
        var (verdict, _) = await arena.StrikeAsync(callers, Nothing, TimeSpan.Zero, Recovery);
        Assert.True(verdict.IsClean, verdict.ToString());
        await arena.SettleAndJudgeAsync(Recovery);
    }

    [Fact]
    public async Task Fallback_WithAReadOnlyFile_LetsThePrimaryGoOnAloneAndCatchesUp()
    {
        if (!await TryProtectAsync(true))
        {
            return;
        }

        try
        {
            await arena.App.KillAsync();
            await arena.App.StartAsync();
            var (verdict, _) = await arena.StrikeAsync(callers, Nothing, TimeSpan.Zero, Recovery);
            Assert.True(verdict.IsClean, verdict.ToString());
            Assert.False(arena.IsPromotable, "A fallback that cannot be written says that it may take over.");
        }
        finally
        {
            await TryProtectAsync(false);
        }

        await arena.SettleAndJudgeAsync(Recovery);
    }

    private async Task WaitUntilNotPromotableAsync()
    {
        using var limit = new CancellationTokenSource(Recovery);
        while (arena.IsPromotable)
        {
            await Task.Delay(20, limit.Token);
        }
    }

    /// <summary>
    /// Makes the file read-only, or writable again. Its mode does that for everybody but root, who needs the file system's own flag; where that one
    /// is missing, root cannot be kept from writing, and it is said that nothing was tried.
    /// </summary>
    private async Task<bool> TryProtectAsync(bool isProtected)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            File.SetAttributes(arena.FallbackPath, isProtected ? FileAttributes.ReadOnly : FileAttributes.Normal);
            return true;
        }

        try
        {
            await ServerProcess.RunAsync("/usr/bin/chattr", [isProtected ? "+i" : "-i", arena.FallbackPath], "/", TimeSpan.FromSeconds(10));
            return true;
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            output.WriteLine($"no file can be made read-only for root here, so it was not tried: {exception.Message}");
            return false;
        }
    }

    private static void DamageEveryPageButTheFirst(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        var garbage = new byte[4_096];
        for (file.Position = 4_096; file.Position < file.Length;)
        {
            Random.Shared.NextBytes(garbage);
            file.Write(garbage);
        }
    }
}
