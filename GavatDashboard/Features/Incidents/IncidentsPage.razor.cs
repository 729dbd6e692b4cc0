using GavatDashboard.Domain.Health;
using GavatDashboard.Features.Health;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Incidents;

/// <summary>What happened, the newest first, by what it was about and how it stands. The filters live in the address.</summary>
public sealed partial class IncidentsPage : LiveComponent
{
    private const int Page = 50;
    private const int Most = 1_000;
    private readonly Load<IReadOnlyList<IncidentCase>> _cases = new();
    private IncidentQuery _query = new();
    private bool _isStale;

    /// <summary>About what, one of the <see cref="IncidentSubjects"/>.</summary>
    [SupplyParameterFromQuery(Name = "subject")]
    public string? Subject { get; set; }

    /// <summary>How they stand, by the name of an <see cref="IncidentState"/>.</summary>
    [SupplyParameterFromQuery(Name = "state")]
    public string? State { get; set; }

    [Inject]
    private IncidentService Service { get; set; } = null!;

    [Inject]
    private HealthRecorder Recorder { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    private DateTimeOffset Now => Time.GetUtcNow();

    private IEnumerable<string> Subjects => ComponentIds.All.Concat(_cases.Value?.Select(one => one.Incident.ComponentId) ?? []).Concat(_query.Subject is { } chosen ? [chosen] : []).Distinct(StringComparer.Ordinal);

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        IncidentState? state = Enum.TryParse<IncidentState>(State, ignoreCase: true, out var known) && Enum.IsDefined(known) ? known : null;
        var subject = string.IsNullOrEmpty(Subject) ? null : Subject;
        if (!_cases.HasEnded || subject != _query.Subject || state != _query.State)
        {
            _query = new IncidentQuery(subject, state, Limit: Page);
            await LoadAsync();
        }
    }

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed)
    {
        void OnKept()
        {
            _isStale = true;
            changed();
        }

        return [new EventSubscription(() => Recorder.IncidentsKept += OnKept, () => Recorder.IncidentsKept -= OnKept)];
    }

    /// <inheritdoc />
    protected override Task RefreshAsync()
    {
        if (!_isStale)
        {
            return Task.CompletedTask;
        }

        _isStale = false;
        return LoadAsync();
    }

    /// <inheritdoc />
    protected override ValueTask DisposeMoreAsync()
    {
        _cases.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string AddressOf(string? subject, IncidentState? state)
    {
        string[] parts = [.. subject is null ? (string[])[] : [$"subject={Uri.EscapeDataString(subject)}"], .. state is { } chosen ? (string[])[$"state={chosen.ToString().ToLowerInvariant()}"] : []];
        return parts.Length == 0 ? "/incidents" : $"/incidents?{string.Join('&', parts)}";
    }

    private void ChooseSubject(ChangeEventArgs change) => Navigation.NavigateTo(AddressOf(change.Value is string { Length: > 0 } subject ? subject : null, _query.State));

    private Task LoadAsync() => _cases.RunAsync(async token => await Service.ListAsync(_query, token), Lifetime);

    private Task LoadMoreAsync()
    {
        _query = _query with { Limit = Math.Min(Most, _query.Limit + Page) };
        return LoadAsync();
    }
}
