using Bunit;
using GavatDashboard.Features.Imports;
using Microsoft.AspNetCore.Components;

namespace GavatDashboard.Tests.Ui.Imports;

public sealed class ImportReportTests : ComponentTest
{
    private static readonly ImportStatus Ended = new()
    {
        Id = "7", State = ImportState.Completed, Format = ImportFormat.Cdnow, FileName = "sales.txt", Actor = "user:admin", SubmittedAt = Now, TotalLines = 3, ProcessedLines = 3,
    };

    [Fact]
    public void Report_AllLinesKnown_SaysThatNothingChanged() =>
        Assert.Contains("Nothing changed: all 3", Outcome(Ended with { Duplicates = 3 }, "unchanged"), StringComparison.Ordinal);

    [Fact]
    public void Report_NewEntries_CountsThem() =>
        Assert.Contains("4 entries from 2 lines", Outcome(Ended with { Entries = 4, ImportedPurchases = 2, Duplicates = 1 }, "done"), StringComparison.Ordinal);

    [Fact]
    public void Report_NothingUsable_DoesNotLookLikeSuccess()
    {
        var page = Render(Ended with { RejectedLines = 3, Rejected = [new RejectedLine(1, "<b>bad</b>")] });

        Assert.Single(page.FindAll("[data-outcome=nothing]"));
        Assert.Equal("<b>bad</b>", page.Find("tbody td:last-child").TextContent);
        Assert.Equal("/admin/imports/7/rejected.csv", page.Find("a[download]").GetAttribute("href"));
    }

    [Fact]
    public void Report_Failed_GivesTheReason() =>
        Assert.Contains("takes no writes", Outcome(Ended with { State = ImportState.Failed, Error = "The ledger takes no writes." }, "failed"), StringComparison.Ordinal);

    [Fact]
    public void Report_Running_CanBeCancelled()
    {
        var cancelled = false;
        var page = Render(Ended with { State = ImportState.Running, ProcessedLines = 1, LinesPerSecond = 900 }, () => cancelled = true);

        page.Find("button").Click();

        Assert.True(cancelled);
        Assert.Equal("1", page.Find("progress").GetAttribute("value"));
        Assert.Equal("900", page.Find("[data-figure=Rate]").TextContent);
    }

    private string Outcome(ImportStatus status, string kind) => Render(status).Find($"[data-outcome={kind}]").TextContent;

    private IRenderedComponent<ImportReport> Render(ImportStatus status, Action? onCancel = null) => Context.Render<ImportReport>(parameters => parameters
        .Add(report => report.Status, status).Add(report => report.OnCancel, EventCallback.Factory.Create(this, onCancel ?? (() => { }))));
}
