using GavatDashboard.Domain.Analysis;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Shared.States;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Features.Segments;

/// <summary>The users of a segment, in pages, and all of them as a file.</summary>
public sealed partial class SegmentMembers : IDisposable
{
    private const int PageSize = 25;
    private static readonly Dictionary<string, object?> Download = new() { ["download"] = "" };
    private readonly CancellationTokenSource _lifetime = new();
    private readonly Load<IReadOnlyList<UserProfile>> _members = new();
    private (Segment Segment, string After, int Version)? _loaded;

    /// <summary>The segment.</summary>
    [Parameter, EditorRequired]
    public Segment Segment { get; set; }

    /// <summary>The last user of the page before; empty for the first one.</summary>
    [Parameter]
    public string After { get; set; } = "";

    /// <summary>Goes up when there may be others.</summary>
    [Parameter]
    public int Version { get; set; }

    /// <summary>The address of the page after a user.</summary>
    [Parameter, EditorRequired]
    public Func<string, string> AddressOf { get; set; } = null!;

    /// <summary>The address without this list.</summary>
    [Parameter, EditorRequired]
    public string Close { get; set; } = "";

    [Inject]
    private SegmentService Segments { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    /// <inheritdoc />
    public void Dispose()
    {
        _lifetime.Cancel();
        _members.Dispose();
        _lifetime.Dispose();
    }

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        if (_loaded == (Segment, After, Version))
        {
            return;
        }

        if (_loaded is not { } loaded || loaded.Segment != Segment || loaded.After != After)
        {
            _members.Clear();
        }

        _loaded = (Segment, After, Version);
        await LoadAsync();
    }

    /// <summary>One more than a page holds tells whether there is another one.</summary>
    private async Task LoadAsync()
    {
        var (segment, after) = (Segment, After);
        await _members.RunAsync(async token => await Segments.ListMembersAsync(segment, after, PageSize + 1, token), _lifetime.Token);
    }
}
