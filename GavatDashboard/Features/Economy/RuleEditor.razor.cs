using GavatDashboard.Domain.Analysis;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Features.Security;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Economy;

/// <summary>The rules of segments and risk. They are published only after a preview of exactly these rules has told who would change.</summary>
public sealed partial class RuleEditor : LiveComponent
{
    private readonly GatedAction _action = new();
    private IReadOnlyList<DraftProblem> _wrong = [];
    private string? _version;
    private string? _reason;
    private string? _done;
    private bool _isReasonMissing;
    private bool _isPreviewAsked;

    /// <summary>What is being typed.</summary>
    [Parameter, EditorRequired]
    public PolicyWorkspace Workspace { get; set; } = null!;

    /// <summary>Other rules hold.</summary>
    [Parameter]
    public EventCallback OnChanged { get; set; }

    [Inject]
    private RuleSets Rules { get; set; } = null!;

    [Inject]
    private IAdminGate Gate { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    private RuleSetDraft Draft => Workspace.Rules;

    private WorkStatus<RuleSetPreview> Preview => Rules.Preview;

    private bool IsOutdated => Draft.BasedOn != Rules.Current.Version;

    private bool IsPreviewed => Preview is { State: WorkState.Done, Result: { } preview } && preview.ToVersion == _version && preview.FromVersion == Rules.Current.Version;

    /// <inheritdoc />
    protected override void OnParametersSet() => Check();

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) =>
    [
        new EventSubscription(() => Rules.PreviewChanged += changed, () => Rules.PreviewChanged -= changed),
        new EventSubscription(() => Rules.Published += changed, () => Rules.Published -= changed),
    ];

    private IReadOnlyList<DraftProblem> ProblemsOf(RuleDraft rule) => [.. _wrong.Where(problem => problem.Rule == rule)];

    private void Check() => _version = Draft.Read(out _wrong)?.Version;

    private void Set(Action<string> set, ChangeEventArgs change)
    {
        set((string?)change.Value ?? "");
        Check();
    }

    private void Move(List<RuleDraft> rules, int place, int step)
    {
        (rules[place], rules[place + step]) = (rules[place + step], rules[place]);
        Check();
    }

    private void Remove(List<RuleDraft> rules, RuleDraft rule)
    {
        rules.Remove(rule);
        Check();
    }

    /// <summary>Before the last rule, which holds for whoever is left.</summary>
    private void AddSegment()
    {
        Draft.Segments.Insert(Math.Max(0, Draft.Segments.Count - 1), new RuleDraft(FreeName("segment"), T["Rules.NewExplanation"], [new(Fact.All[0], true, 0)]) { Segment = Segment.Regular, IsOpen = true });
        Check();
    }

    private void AddFlag()
    {
        Draft.Flags.Add(new RuleDraft(FreeName("flag"), T["Rules.NewExplanation"], [new(Fact.All[0], true, 0)]) { Points = "30", IsOpen = true });
        Check();
    }

    private string FreeName(string kind) =>
        Enumerable.Range(1, int.MaxValue).Select(number => $"{kind}-{number}").First(name => Draft.Segments.Concat(Draft.Flags).All(rule => rule.Name != name));

    private void KeepMine()
    {
        Draft.BasedOn = Rules.Current.Version;
        _isPreviewAsked = false;
    }

    private void Discard()
    {
        Workspace.Rules = new RuleSetDraft(Rules.Current);
        (_reason, _action.Problem, _done, _isReasonMissing, _isPreviewAsked) = (null, null, null, false, false);
        Check();
    }

    private Task PreviewAsync() => RunAsync(_ =>
    {
        if (Draft.Read(out _wrong) is { } rules)
        {
            _isPreviewAsked = true;
            if (!Rules.TryStartPreview(rules))
            {
                _action.Problem = T["Rules.PreviewBusy"];
            }
        }

        return Task.CompletedTask;
    });

    private Task CancelPreviewAsync() => RunAsync(_ =>
    {
        Rules.CancelPreview();
        return Task.CompletedTask;
    });

    private Task PublishAsync() => RunAsync(async actor =>
    {
        _isReasonMissing = string.IsNullOrWhiteSpace(_reason);
        if (_isReasonMissing)
        {
            _action.Problem = T["Adjust.ReasonMissing"];
            return;
        }

        if (!IsPreviewed || Draft.Read(out _wrong) is not { } rules)
        {
            _action.Problem = T["Rules.PreviewOld"];
            return;
        }

        switch (await Rules.PublishAsync(RuleSetDocument.Of(rules), Draft.BasedOn, _reason!.Trim(), actor, Lifetime))
        {
            case RuleSetPublication.Unusable unusable:
                _action.Problem = string.Join(' ', unusable.Errors);
                break;
            case RuleSetPublication.Done done:
                Discard();
                _done = T["Rules.Published", done.Version];
                await OnChanged.InvokeAsync();
                break;
            case RuleSetPublication.Outdated outdated:
                _action.Problem = T["Rules.PublishedBy", outdated.Version, outdated.Actor ?? "–"];
                break;
        }
    });

    private Task RunAsync(Func<string, Task> act)
    {
        _done = _action.IsBusy ? _done : null;
        return _action.RunAsync(Gate, Policies.Admin, T, act, Lifetime, T["Adjust.TryAgain"]);
    }
}
