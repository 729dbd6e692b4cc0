using System.Globalization;
using GavatDashboard.Tests.Servers;
using Npgsql;

namespace GavatDashboard.Tests.Faults.Harness;

/// <summary>Something that goes wrong for a while and then is over.</summary>
/// <param name="Name">How it is called in results.</param>
/// <param name="StrikeAsync">Strikes, lasts, and heals what it broke.</param>
internal sealed record Fault(string Name, Func<FaultArena, TimeSpan, Task> StrikeAsync)
{
    /// <summary>Everything that can go wrong with a process or a network. Files and disks have tests of their own.</summary>
    public static IReadOnlyList<Fault> All { get; } =
    [
        new("app killed", async (arena, duration) =>
        {
            await arena.App.KillAsync();
            await Task.Delay(duration);
            await arena.App.StartAsync();
        }),
        new("app stopped", async (arena, duration) =>
        {
            await arena.App.StopAsync();
            await Task.Delay(duration);
            await arena.App.StartAsync();
        }),
        Frozen("app frozen", arena => arena.App.Suspend(), arena => arena.App.Resume()),
        new("postgresql killed", async (arena, duration) =>
        {
            await arena.Postgres.KillAsync();
            await Task.Delay(duration);
            await arena.Postgres.RestartAsync();
        }),
        new("postgresql stopped", async (arena, duration) =>
        {
            await arena.Postgres.StopAsync();
            await Task.Delay(duration);
            await arena.Postgres.RestartAsync();
        }),
        Frozen("postgresql frozen", arena => arena.Postgres.Suspend(), arena => arena.Postgres.Resume()),
        new("postgresql's backends frozen one by one", FreezeBackendsAsync),
        Network("postgresql unreachable", arena => arena.PostgresNetwork, NetworkFault.BlackHole),
        Network("requests to postgresql lost", arena => arena.PostgresNetwork, NetworkFault.RequestsLost),
        Network("answers of postgresql lost", arena => arena.PostgresNetwork, NetworkFault.AnswersLost),
        new("connections to postgresql reset", (arena, duration) => ResetAsync(arena.PostgresNetwork, duration)),
        new("postgresql slow", (arena, duration) => SlowAsync(arena.PostgresNetwork, duration)),
        new("postgresql and app killed", async (arena, duration) =>
        {
            await Task.WhenAll(arena.Postgres.KillAsync(), arena.App.KillAsync());
            var starting = arena.App.StartAsync();
            await Task.Delay(duration);
            await arena.Postgres.RestartAsync();
            await starting;
        }),
        new("redis killed, back from an old snapshot", async (arena, duration) =>
        {
            await arena.Redis.SnapshotAsync();
            await Task.Delay(duration);
            await arena.Redis.KillAsync();
            await Task.Delay(duration);
            await arena.Redis.RestartAsync();
        }),
        Frozen("redis frozen", arena => arena.Redis.Suspend(), arena => arena.Redis.Resume()),
        Network("answers of redis lost", arena => arena.RedisNetwork, NetworkFault.AnswersLost),
        new("connections to redis reset", (arena, duration) => ResetAsync(arena.RedisNetwork, duration)),
        new("mongodb killed", async (arena, duration) =>
        {
            await arena.Mongo!.KillAsync();
            await Task.Delay(duration);
            await arena.Mongo.RestartAsync();
        }),
        Frozen("mongodb frozen", arena => arena.Mongo!.Suspend(), arena => arena.Mongo!.Resume()),
    ];

    /// <summary>The fault of a name.</summary>
    public static Fault Named(string name) => All.Single(fault => fault.Name == name);

    private static Fault Frozen(string name, Action<FaultArena> freeze, Action<FaultArena> thaw) => new(name, async (arena, duration) =>
    {
        freeze(arena);
        await Task.Delay(duration);
        thaw(arena);
    });

    private static Fault Network(string name, Func<FaultArena, FaultProxy> between, NetworkFault fault) => new(name, async (arena, duration) =>
    {
        between(arena).Fault = fault;
        await Task.Delay(duration);
        between(arena).Fault = NetworkFault.None;
    });

    private static async Task ResetAsync(FaultProxy network, TimeSpan duration)
    {
        for (var i = 0; i < 5; i++)
        {
            network.Reset();
            await Task.Delay(duration / 5);
        }
    }

    private static async Task SlowAsync(FaultProxy network, TimeSpan duration)
    {
        network.Latency = TimeSpan.FromMilliseconds(50);
        await Task.Delay(duration);
        network.Latency = TimeSpan.Zero;
    }

    /// <summary>A backend that stands still with a transaction open, and comes back when others have gone on.</summary>
    private static async Task FreezeBackendsAsync(FaultArena arena, TimeSpan duration)
    {
        foreach (var backend in await ReadBackendsAsync(arena))
        {
            NativeSignals.Send(backend, ServerSignal.Stop);
            await Task.Delay(duration / 2);
            NativeSignals.Send(backend, ServerSignal.Continue);
        }
    }

    private static async Task<IReadOnlyList<int>> ReadBackendsAsync(FaultArena arena)
    {
        await using var connection = new NpgsqlConnection(arena.PostgresConnection + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'GavatDashboard%' ORDER BY state_change DESC NULLS LAST LIMIT 2", connection);
        await using var reader = await command.ExecuteReaderAsync();
        List<int> backends = [];
        while (await reader.ReadAsync())
        {
            backends.Add(Convert.ToInt32(reader.GetValue(0), CultureInfo.InvariantCulture));
        }

        return backends;
    }
}
