using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Failover;
using GavatDashboard.Features.Health;
using GavatDashboard.Features.Webhooks;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Incidents;

/// <summary>One incident: what happened when, who has taken it up, what people wrote down, and all of it as a file.</summary>
public sealed partial class IncidentPage : LiveComponent
{
    private const int DeliveriesShown = 200;
    private readonly Load<IncidentCase> _case = new();
    private readonly GatedAction _action = new();
    private IReadOnlyList<FailoverJournalEntry> _failover = [];
    private IReadOnlyList<WebhookDelivery> _deliveries = [];
    private string? _note;

    /// <summary>Which incident.</summary>
    [Parameter]
    public Guid Id { get; set; }

    [Inject]
    private IncidentService Service { get; set; } = null!;

    [Inject]
    private HealthRecorder Recorder { get; set; } = null!;

    [Inject]
    private IWebhookStore Webhooks { get; set; } = null!;

    [Inject]
    private WebhookSignal Signal { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    /// <inheritdoc />
    protected override Task OnParametersSetAsync() => LoadAsync();

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) =>
    [
        new EventSubscription(() => Recorder.IncidentsKept += changed, () => Recorder.IncidentsKept -= changed),
        new EventSubscription(() => Signal.Changed += changed, () => Signal.Changed -= changed),
    ];

    /// <inheritdoc />
    protected override Task RefreshAsync() => _case.Value is { Incident.IsOpen: false } && _deliveries.All(delivery => delivery.State != DeliveryState.Waiting) ? Task.CompletedTask : LoadAsync();

    /// <inheritdoc />
    protected override ValueTask DisposeMoreAsync()
    {
        _case.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string At(DateTimeOffset at) => $"{Formats.Date(at)}, {Formats.Time(at)} UTC";

    private Task LoadAsync() => _case.RunAsync(
        async token =>
        {
            var known = await Service.FindAsync(Id, token);
            _deliveries = [.. (await Webhooks.ListAsync(Id, DeliveriesShown, token)).Reverse()];
            _failover = known is null ? [] : await Service.ListFailoverAsync(known.Incident, token) ?? [];
            return known;
        },
        Lifetime);

    private Task AcknowledgeAsync() => RunAsync(async () =>
    {
        if (!await Service.AcknowledgeAsync(Id, Lifetime))
        {
            _action.Problem = T["Incident.TakenBefore"];
        }
    });

    private Task AddNoteAsync() => RunAsync(async () =>
    {
        if (string.IsNullOrWhiteSpace(_note))
        {
            _action.Problem = T["Incident.NoteMissing"];
            return;
        }

        await Service.AddNoteAsync(Id, _note, Lifetime);
        _note = null;
    });

    private Task RunAsync(Func<Task> action) => _action.RunAsync(T, async () =>
    {
        await action();
        await LoadAsync();
    });
}
