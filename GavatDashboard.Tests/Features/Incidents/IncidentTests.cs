using System.Net;
using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Failover;
using GavatDashboard.Features.Health;
using GavatDashboard.Features.Incidents;
using GavatDashboard.Features.Security;
using GavatDashboard.Stores.Sqlite.Console;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Features.Health;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;

namespace GavatDashboard.Tests.Features.Incidents;

/// <summary>Incidents and measurements with the application around them, over a restart.</summary>
public sealed class IncidentTests(AppFixture app) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Incident_TakenUpAndNoted_OutlivesARestartAndClosesAfterIt()
    {
        var subject = IncidentSubjects.OfReconciliation($"ledger-{Guid.NewGuid():N}");
        Report(subject, ComponentStatus.Unhealthy, "two sums differ");
        var id = (await WaitForAsync(subject)).Incident.Id;
        var service = Service();
        Assert.True(await service.AcknowledgeAsync(id, CancellationToken.None));
        Assert.False(await service.AcknowledgeAsync(id, CancellationToken.None));
        Assert.True(await service.AddNoteAsync(id, " looking at it ", CancellationToken.None));
        Assert.False(await service.AddNoteAsync(Guid.NewGuid(), "nothing there", CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(() => service.AddNoteAsync(id, "  ", CancellationToken.None));

        await app.RestartAsync();

        Assert.Contains(Get<IHealthFeed>().Current.OpenIncidents, incident => incident.Id == id);
        var known = (await Archive.FindAsync(id, CancellationToken.None))!;
        Assert.Equal((IncidentState.Acknowledged, "user:ada", "looking at it"), (known.State, known.Acknowledgement!.Actor, known.Notes.Single().Text));
        Assert.Contains(await Archive.ListAsync(new(subject, IncidentState.Acknowledged), CancellationToken.None), one => one.Incident.Id == id);
        Assert.Empty(await Archive.ListAsync(new(subject, IncidentState.Open), CancellationToken.None));

        Report(subject, ComponentStatus.Healthy, "everything agrees");
        await MonitorHarness.WaitUntilAsync(() => Archive.FindAsync(id, CancellationToken.None).GetAwaiter().GetResult()!.State == IncidentState.Closed);
        Assert.Equal([ComponentStatus.Unhealthy, ComponentStatus.Healthy], (await Archive.FindAsync(id, CancellationToken.None))!.Incident.Timeline.Select(change => change.Status));
        Assert.Contains(await Get<IAuditLog>().ListAsync(new AuditFilter(Target: $"incident:{id:N}"), null, 10, CancellationToken.None), entry => entry.Action == "incident.acknowledged");

        using var admin = await app.SignInAsync();
        var markdown = await admin.GetStringAsync(new Uri(PostMortemExport.AddressOf(id, "md"), UriKind.Relative));
        Assert.Contains("looking at it", markdown, StringComparison.Ordinal);
        using var json = await admin.GetAsync(new Uri(PostMortemExport.AddressOf(id, "json"), UriKind.Relative));
        Assert.Equal("application/json", json.Content.Headers.ContentType?.MediaType);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync(new Uri(PostMortemExport.AddressOf(Guid.NewGuid(), "md"), UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task Samples_AndTheirBuckets_OutliveARestart()
    {
        await MonitorHarness.WaitUntilAsync(() => Get<IHealthHistory>().ReadLatency(ComponentIds.Sqlite, LatencyRange.Minutes15).Points.Count >= 2);
        var before = Get<IHealthHistory>().ReadLatency(ComponentIds.Sqlite, LatencyRange.Minutes15).Points;

        await app.RestartAsync();

        // To the millisecond, as they are kept.
        var after = Get<IHealthHistory>().ReadLatency(ComponentIds.Sqlite, LatencyRange.Minutes15).Points;
        Assert.Subset(after.Select(point => point.At.ToUnixTimeMilliseconds()).ToHashSet(), before.Select(point => point.At.ToUnixTimeMilliseconds()).ToHashSet());
        var records = Get<HealthRecords>();
        var uptimes = await records.ReadUptimeAsync(ComponentIds.Sqlite, CancellationToken.None);
        Assert.Equal(Uptime.Lengths, uptimes.Select(uptime => uptime.Length));
        Assert.All(uptimes, uptime => Assert.True(uptime.Probes >= before.Count && uptime.Percent > 0));
        var quarter = await records.ReadLatencyAsync(ComponentIds.Sqlite, LatencyRange.Quarter, CancellationToken.None);
        Assert.NotEmpty(quarter.Buckets);
        Assert.True(quarter.Stats is { P50Ms: null, MeanMs: > 0 } && quarter.Stats.Count >= before.Count);
    }

    [Fact]
    public async Task PostMortem_ForSupport_IsForbidden()
    {
        const string Password = "support-Correct7-horse!";
        await app.AddUserAsync("incident-support", ConsoleRoles.Support, Password);
        using var support = await app.SignInAsync("incident-support", Password);

        Assert.NotEqual(HttpStatusCode.OK, (await support.GetAsync(new Uri("/incidents", UriKind.Relative))).StatusCode);
        Assert.NotEqual(HttpStatusCode.NotFound, (await support.GetAsync(new Uri(PostMortemExport.AddressOf(Guid.NewGuid(), "md"), UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task Buckets_OlderThanTheyAreKept_AreDropped()
    {
        var archive = Get<IHealthArchive>();
        var old = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await archive.WriteAsync([], [new("old", BucketLength.Hour, new(old, new() { Count = 3, Failures = 1, MeanMs = 2 }, ComponentStatus.Unhealthy))], CancellationToken.None);
        var kept = Assert.Single(await archive.ReadBucketsAsync("old", BucketLength.Hour, old, CancellationToken.None));
        Assert.Equal((3, 1, ComponentStatus.Unhealthy), (kept.Stats.Count, kept.Stats.Failures, kept.Worst));

        await archive.TrimAsync(old, old.AddDays(1), CancellationToken.None);

        Assert.Empty(await archive.ReadBucketsAsync("old", BucketLength.Hour, old, CancellationToken.None));
    }

    private IIncidentArchive Archive => Get<IIncidentArchive>();

    private T Get<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    private void Report(string subject, ComponentStatus status, string reason) => Get<IIncidentDesk>().Report(subject, status, reason);

    private async Task<IncidentCase> WaitForAsync(string subject)
    {
        for (var i = 0; i < 200; i++)
        {
            if (await Archive.ListAsync(new(subject), CancellationToken.None) is [var known])
            {
                return known;
            }

            await Task.Delay(100);
        }

        throw new InvalidOperationException("The incident was not kept.");
    }

    private IncidentService Service()
    {
        var gate = Substitute.For<IAdminGate>();
        gate.FindActorAsync(Arg.Any<string>(), Arg.Any<CancellationToken>()).Returns("user:ada");
        return new(Archive, Get<IFailoverControl>(), Get<IIncidentHerald>(), Get<IConsoleUnitOfWork>(), gate, Get<IAuditLog>(), TimeProvider.System);
    }
}
