using GavatDashboard.Domain.Failover;
using GavatDashboard.Shared.Live;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Failover;

/// <summary>The failover coordinator, live: where it stands, what it will do next, what it has proved, and what can be ordered.</summary>
public sealed partial class FailoverPage : LiveComponent
{
    private const int JournalShown = 8;
    private const int ProofsShown = 20;
    private readonly Load<IReadOnlyList<FailoverProof>> _proofs = new();
    private FailoverSnapshot _snapshot = null!;
    private Guid? _newestProof;

    [Inject]
    private IFailoverControl Control { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    private string Tone => _snapshot.State switch
    {
        FailoverState.Primary or FailoverState.Following => "status-healthy",
        FailoverState.ReadOnly or FailoverState.RecoveryBlocked or FailoverState.Fenced => "status-unhealthy",
        _ => "status-degraded",
    };

    /// <inheritdoc />
    protected override async Task OnInitializedAsync()
    {
        Read();
        await LoadProofsAsync();
    }

    /// <inheritdoc />
    protected override IEnumerable<IDisposable> Subscribe(Action changed) => [Control.Subscribe(_ => changed())];

    /// <inheritdoc />
    protected override Task RefreshAsync()
    {
        var known = _newestProof;
        Read();
        return known == _newestProof ? Task.CompletedTask : LoadProofsAsync();
    }

    /// <inheritdoc />
    protected override ValueTask DisposeMoreAsync()
    {
        _proofs.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Read()
    {
        _snapshot = Control.Current;
        _newestProof = _snapshot.Proofs is [var newest, ..] ? newest.Id : null;
    }

    private async Task LoadProofsAsync() => await _proofs.RunAsync(async token => await Control.ListProofsAsync(ProofsShown, token), Lifetime);
}
