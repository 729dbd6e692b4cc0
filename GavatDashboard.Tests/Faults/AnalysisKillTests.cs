using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using GavatDashboard.Domain.Analysis;
using GavatDashboard.Stores.Analysis;
using GavatDashboard.Tests.Faults.Harness;
using GavatDashboard.Tests.Stores.Redis;
using Npgsql;

namespace GavatDashboard.Tests.Faults;

/// <summary>The application is killed in the middle of the analysis of everybody, and started again.</summary>
[Trait("Category", "Fault")]
public sealed class AnalysisKillTests
{
    private const int Users = 1_200;
    private const int Piece = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Kill_InTheMiddleOfABatch_GoesOnWhereItWasAndEndsAsIfItHadNeverHappened()
    {
        await using var arena = await FaultArena.StartAsync();
        await using var source = NpgsqlDataSource.Create(arena.PostgresConnection + ";Minimum Pool Size=0");
        await arena.App.StartAsync();
        await arena.App.WaitUntilReadyAsync(Patience);
        await ImportAsync(arena.App);
        await UntilAsync(source, "everybody has a profile", $"SELECT count(*) >= {Users} FROM erko_profiles WHERE user_id LIKE 'member-%'");

        // Other rules make everybody due.
        await StartUnderAsync(arena.App, "cut-off");
        await UntilAsync(source, "a part of the batch is done", $"SELECT count(*) > 0 FROM erko_batches WHERE state = 'running' AND total >= {Users} AND done BETWEEN {Users / 5} AND {Users / 2}");
        await arena.App.KillAsync();
        var killedAt = DateTime.UtcNow;
        var (batch, done) = await ReadAsync(source, "SELECT batch_id, done FROM erko_batches WHERE state = 'running'", row => (row.GetGuid(0), row.GetInt64(1)));
        Assert.InRange(done, Users / 5, Users - Piece);

        await arena.App.StartAsync();
        await UntilAsync(source, "the same batch is done", $"SELECT count(*) > 0 FROM erko_batches WHERE batch_id = '{batch}' AND state = 'done'");
        var total = await ReadAsync(source, $"SELECT done FROM erko_batches WHERE batch_id = '{batch}'", row => row.GetInt64(0));

        // A piece may have been kept and not noted; it is not done again, and so never counted.
        Assert.InRange(total, Users - Piece, Users + 1);
        var before = await ReadAsync(source, $"SELECT count(*) FROM erko_profiles WHERE rule_set_version LIKE 'cut-off-%' AND analysed_at < '{killedAt:O}'", row => row.GetInt64(0));
        Assert.InRange(before, done, done + Piece);
        var resumed = await ReadProfilesAsync(source, "cut-off");

        await arena.App.StopAsync();
        await StartUnderAsync(arena.App, "uninterrupted");
        await UntilAsync(source, "everybody is analysed", "SELECT count(*) = 0 FROM erko_profiles WHERE user_id LIKE 'member-%' AND rule_set_version NOT LIKE 'uninterrupted-%'");
        var whole = await ReadProfilesAsync(source, "uninterrupted");

        Assert.Equal(Users, whole.Count);
        Assert.True(whole.Select(profile => profile.Segment).Distinct().Count() >= 4, "All are alike: that proves nothing.");
        Assert.Equal(whole.Select(Plain), resumed.Select(Plain));
    }

    private static async Task StartUnderAsync(AppProcess app, string rules)
    {
        if (!app.HasEnded)
        {
            await app.StopAsync();
        }

        app.Settings["Analysis__Rules__Name"] = rules;
        app.Settings["Analysis__BatchSize"] = Piece.ToString(CultureInfo.InvariantCulture);
        await app.StartAsync();
    }

    /// <summary>Members who come often, seldom, not any more, spend much, or only earn.</summary>
    private static async Task ImportAsync(AppProcess app)
    {
        var file = new StringBuilder("user_id,type,amount,date\n");
        var today = DateTime.UtcNow.Date;
        for (var user = 0; user < Users; user++)
        {
            var (every, silent, spends) = (1 + (user % 13), user % 7 * 20, user % 5 * 150);
            for (var time = 0; time < 4; time++)
            {
                var day = today.AddDays(-1 - silent - (time * every)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
                file.Append(CultureInfo.InvariantCulture, $"member-{user:D4},earn_purchase,{10 + spends},{day}\n");
                if (spends > 0)
                {
                    file.Append(CultureInfo.InvariantCulture, $"member-{user:D4},spend_content,{spends},{day}\n");
                }
            }
        }

        using var client = app.CreateClient();
        using var body = new StringContent(file.ToString(), Encoding.UTF8, "text/csv");
        using var accepted = await client.PostAsync(new Uri("/api/v1/imports?format=csv", UriKind.Relative), body);
        var id = (await accepted.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        await Eventually.IsTrueAsync(
            async () => (await client.GetFromJsonAsync<JsonElement>(new Uri($"/api/v1/imports/{id}", UriKind.Relative))).GetProperty("state").GetString() == "completed", "the history is imported");
    }

    private static Task UntilAsync(NpgsqlDataSource source, string what, string sql) => Eventually.IsTrueAsync(() => ReadAsync(source, sql, row => row.GetBoolean(0)), what);

    private static async Task<T> ReadAsync<T>(NpgsqlDataSource source, string sql, Func<NpgsqlDataReader, T> map)
    {
        await using var command = source.CreateCommand(sql);
        await using var row = await command.ExecuteReaderAsync();
        Assert.True(await row.ReadAsync(), $"No row: {sql}");
        return map(row);
    }

    private static async Task<List<UserProfile>> ReadProfilesAsync(NpgsqlDataSource source, string rules)
    {
        var profiles = new List<UserProfile>();
        await using var command = source.CreateCommand($"SELECT document FROM erko_profiles WHERE user_id LIKE 'member-%' AND rule_set_version LIKE '{rules}-%' ORDER BY user_id");
        await using var row = await command.ExecuteReaderAsync();
        while (await row.ReadAsync())
        {
            profiles.Add(AnalysisJson.ReadProfile(row.GetString(0))!);
        }

        return profiles;
    }

    private static string Plain(UserProfile profile) => AnalysisJson.Write(profile with { AnalysedAt = default, RuleSetVersion = "" });
}
