using GavatDashboard.Features.Security;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Webhooks;

/// <summary>Who is told of incidents, and whether they took it. The endpoints themselves are configured where the secrets are: not on a page.</summary>
public sealed partial class WebhooksPage : LiveComponent
{
    private const int Shown = 100;
    private readonly GatedAction _action = new();
    private readonly Load<IReadOnlyList<WebhookDelivery>> _deliveries = new();
    private IReadOnlyDictionary<string, int> _waiting = new Dictionary<string, int>();

    [Inject]
    private WebhookService Service { get; set; } = null!;

    [Inject]
    private WebhookSignal Signal { get; set; } = null!;

    [Inject]
    private IAdminGate Gate { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    /// <inheritdoc />
    protected override Task OnInitializedAsync() => LoadAsync();

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) => [new EventSubscription(() => Signal.Changed += changed, () => Signal.Changed -= changed)];

    /// <inheritdoc />
    protected override Task RefreshAsync() => LoadAsync();

    /// <inheritdoc />
    protected override ValueTask DisposeMoreAsync()
    {
        _deliveries.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task LoadAsync() => _deliveries.RunAsync(
        async token =>
        {
            _waiting = await Service.CountWaitingAsync(token);
            return await Service.ListAsync(null, Shown, token);
        },
        Lifetime);

    private Task TestAsync(string endpoint) => RunAsync(() => Service.TestAsync(endpoint, Lifetime));

    private Task RetryAsync(WebhookDelivery delivery) => RunAsync(() => Service.RetryAsync(delivery.Id, Lifetime));

    private Task RunAsync(Func<Task<bool>> act) => _action.RunAsync(
        Gate, Policies.Admin, T,
        async _ =>
        {
            _action.Problem = await act() ? null : T["Webhooks.NotDone"].Value;
            await LoadAsync();
        },
        Lifetime);
}
