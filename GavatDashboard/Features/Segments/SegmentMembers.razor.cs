using GavatDashboard.Domain.Analysis;
using GavatDashboard.Features.Analysis;
using GavatDashboard.Shared.States;
using Microsoft.AspNetCore.Components;

namespace GavatDashboard.Features.Segments;

/// <summary>The users of a segment, in pages, and all of them as a file.</summary>
public sealed partial class SegmentMembers : LoadPanel<Listed<UserProfile>>
{
    private const int PageSize = 25;
    private static readonly Dictionary<string, object?> Download = new() { ["download"] = "" };

    /// <summary>The segment.</summary>
    [Parameter, EditorRequired]
    public Segment Segment { get; set; }

    /// <summary>The last user of the page before; empty for the first one.</summary>
    [Parameter]
    public string After { get; set; } = "";

    /// <summary>The address of the page after a user.</summary>
    [Parameter, EditorRequired]
    public Func<string, string> AddressOf { get; set; } = null!;

    /// <summary>The address without this list.</summary>
    [Parameter, EditorRequired]
    public string Close { get; set; } = "";

    [Inject]
    private SegmentService Segments { get; set; } = null!;

    /// <inheritdoc />
    protected override object Subject => (Segment, After);

    /// <summary>One more than a page holds tells whether there is another one.</summary>
    protected override async Task<Listed<UserProfile>?> ReadAsync(CancellationToken cancellationToken) =>
        await Segments.ListMembersAsync(Segment, After, PageSize + 1, cancellationToken);
}
