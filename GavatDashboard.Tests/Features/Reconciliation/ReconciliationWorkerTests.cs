using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using GavatDashboard.Features.Reconciliation;
using GavatDashboard.Stores;
using GavatDashboard.Tests.App;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using NSubstitute;

namespace GavatDashboard.Tests.Features.Reconciliation;

public sealed class ReconciliationWorkerTests(AppFixture app) : IClassFixture<AppFixture>
{
    private readonly IIncidentDesk _desk = Substitute.For<IIncidentDesk>();

    [Fact]
    public async Task Check_AfterARestart_GoesOnWhereItWas()
    {
        var check = new ScriptedCheck("restart", CheckStep.GoOn(10, "ten"), CheckStep.GoOn(10, "twenty"), CheckStep.End(5));
        using (var first = Worker(check))
        {
            await first.StepNextAsync(CancellationToken.None);
        }

        using var second = Worker(check);
        await second.TakeUpAsync(CancellationToken.None);
        Assert.Equal(("ten", 10), (second.Current[0].Position, second.Current[0].Checked));
        await second.StepNextAsync(CancellationToken.None);
        await second.StepNextAsync(CancellationToken.None);

        Assert.Equal(["", "ten", "twenty"], check.Positions);
        Assert.Equal((25, null), (second.Current[0].LastPassChecked, second.Current[0].PassStartedAt));
    }

    [Fact]
    public async Task Mismatch_OpensOnceAndStaysOverARestartUntilAPassGoesThrough()
    {
        var check = new ScriptedCheck("mismatch", CheckStep.Found(3, Finding.Said("the entry 7 is wrong")), CheckStep.Found(3, Finding.Said("the entry 7 is wrong")), CheckStep.End(9));
        using (var first = Worker(check))
        {
            await first.StepNextAsync(CancellationToken.None);
            await first.StepNextAsync(CancellationToken.None);
            _desk.Received(1).Report("reconciliation:mismatch", ComponentStatus.Unhealthy, "the entry 7 is wrong");
        }

        using var second = Worker(check);
        await second.TakeUpAsync(CancellationToken.None);
        _desk.Received(2).Report("reconciliation:mismatch", ComponentStatus.Unhealthy, "the entry 7 is wrong");
        await second.StepNextAsync(CancellationToken.None);

        _desk.Received(1).Report("reconciliation:mismatch", ComponentStatus.Healthy, Arg.Any<string>());
        Assert.Null(second.Current[0].Mismatch);
    }

    [Fact]
    public async Task Mismatch_OfACopy_IsRepairedAndSaysSo()
    {
        var repaired = 0;
        var repair = new Repair("copy-anew", _ => Task.FromResult(repaired++));
        using var worker = Worker(new ScriptedCheck("repaired", CheckStep.Found(0, Finding.Of("copy-lacks-account", "ada") with { Place = Places.Documents }, repair)));

        await worker.StepNextAsync(CancellationToken.None);

        Assert.Equal(1, repaired);
        _desk.Received(1).Report("reconciliation:repaired", ComponentStatus.Unhealthy, "the document store lacks the account 'ada'. The copy is made anew");
    }

    [Fact]
    public async Task Check_ThatFailsItself_SaysSoAndEndsNoOther()
    {
        var broken = new ScriptedCheck("broken");
        var sound = new ScriptedCheck("sound", CheckStep.End(1));
        using var worker = Worker(broken, sound);

        await worker.StepNextAsync(CancellationToken.None);
        await worker.StepNextAsync(CancellationToken.None);

        Assert.Equal(Finding.Of("check-failed", "a bug"), worker.Current[0].Waiting);
        Assert.NotNull(worker.Current[1].LastPassAt);
        _desk.DidNotReceive().Report(Arg.Any<string>(), ComponentStatus.Unhealthy, Arg.Any<string>());
    }

    private ReconciliationWorker Worker(params IReconciliationCheck[] checks) => new(
        checks,
        app.Services.GetRequiredService<ReconciliationLog>(),
        _desk,
        app.Services.GetRequiredService<LedgerMigrator>(),
        Options.Create(new ReconciliationOptions()),
        TimeProvider.System,
        NullLogger<ReconciliationWorker>.Instance);

    private sealed class ScriptedCheck(string name, params CheckStep[] steps) : IReconciliationCheck
    {
        public List<string> Positions { get; } = [];

        public string Name => name;

        public Task<CheckStep> StepAsync(string position, CancellationToken cancellationToken)
        {
            Positions.Add(position);
            return Positions.Count <= steps.Length
                ? Task.FromResult(steps[Positions.Count - 1])
                : Task.FromException<CheckStep>(new InvalidOperationException("a bug"));
        }
    }
}
