using GavatDashboard.Features.Security;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Audit;

/// <summary>Who did what: filtered, paged by place in the chain, checked and exported.</summary>
public sealed partial class AuditTrailPage : IDisposable
{
    private const int PageSize = 50;
    private static readonly TimeSpan VerifyTimeout = TimeSpan.FromMinutes(2);
    private static readonly Dictionary<string, object?> Download = new() { ["download"] = "" };
    private readonly CancellationTokenSource _lifetime = new();
    private readonly Load<IReadOnlyList<AuditEntry>> _entries = new();
    private AuditVerification? _verification;
    private string? _verifyError;
    private string? _actor;
    private string? _action;
    private string? _target;
    private bool _hasMore;
    private bool _isLoadingMore;
    private bool _isVerifying;

    /// <summary>Part of the actor's name.</summary>
    [SupplyParameterFromQuery(Name = "actor")]
    public string? Actor { get; set; }

    /// <summary>Beginning of the action.</summary>
    [SupplyParameterFromQuery(Name = "action")]
    public string? Action { get; set; }

    /// <summary>Part of what it was done to.</summary>
    [SupplyParameterFromQuery(Name = "target")]
    public string? Target { get; set; }

    [Inject]
    private IAuditLog Log { get; set; } = null!;

    [Inject]
    private IAdminGate Gate { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    private AuditFilter Wanted => new(Actor, Action, Target);

    private bool HasFilter => !(string.IsNullOrWhiteSpace(Actor) && string.IsNullOrWhiteSpace(Action) && string.IsNullOrWhiteSpace(Target));

    private string ExportAddress => AuditExport.Path + Query(Actor, Action, Target);

    /// <inheritdoc />
    public void Dispose()
    {
        _lifetime.Cancel();
        _entries.Dispose();
        _lifetime.Dispose();
    }

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        (_actor, _action, _target) = (Actor, Action, Target);
        _entries.Clear();
        await LoadAsync();
    }

    private static string Query(string? actor, string? action, string? target)
    {
        var query = new QueryBuilder();
        foreach (var (name, value) in (IEnumerable<(string, string?)>)[("actor", actor), ("action", action), ("target", target)])
        {
            if (!string.IsNullOrWhiteSpace(value))
            {
                query.Add(name, value.Trim());
            }
        }

        return query.ToString();
    }

    private void Filter() => Navigation.NavigateTo("/admin/audit" + Query(_actor, _action, _target));

    private async Task LoadAsync()
    {
        // One more than is shown tells whether there is another page.
        await _entries.RunAsync(async token => Cut(await Log.ListAsync(Wanted, null, PageSize + 1, token)), _lifetime.Token);
    }

    private async Task LoadMoreAsync()
    {
        if (_entries.Value is not [.., var last] shown || _isLoadingMore)
        {
            return;
        }

        _isLoadingMore = true;
        try
        {
            await _entries.RunAsync(async token => [.. shown, .. Cut(await Log.ListAsync(Wanted, last.Seq, PageSize + 1, token))], _lifetime.Token);
        }
        finally
        {
            _isLoadingMore = false;
        }
    }

    private IReadOnlyList<AuditEntry> Cut(IReadOnlyList<AuditEntry> page)
    {
        _hasMore = page.Count > PageSize;
        return _hasMore ? [.. page.Take(PageSize)] : page;
    }

    private async Task VerifyAsync()
    {
        (_verification, _verifyError, _isVerifying) = (null, null, true);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_lifetime.Token);
        using var timer = Time.CreateTimer(_ => timeout.Cancel(), null, VerifyTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            if (await Gate.FindActorAsync(timeout.Token) is null)
            {
                _verifyError = T["Admin.NotAllowed"];
                return;
            }

            _verification = await Log.VerifyAsync(timeout.Token);
        }
        catch (OperationCanceledException) when (!_lifetime.IsCancellationRequested)
        {
            _verifyError = T["Load.Timeout"];
        }
        finally
        {
            _isVerifying = false;
        }
    }
}
