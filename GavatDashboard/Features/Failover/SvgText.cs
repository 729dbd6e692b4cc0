using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace GavatDashboard.Features.Failover;

/// <summary>A centred line of text in a picture. Razor keeps the name of SVG's own element for itself.</summary>
public sealed class SvgText : ComponentBase
{
    /// <summary>The middle of the line.</summary>
    [Parameter]
    public int X { get; set; }

    /// <summary>The line's base.</summary>
    [Parameter]
    public int Y { get; set; }

    /// <summary>The words.</summary>
    [Parameter]
    public string Text { get; set; } = "";

    /// <inheritdoc />
    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.OpenElement(0, "text");
        builder.AddAttribute(1, "x", X.ToString(CultureInfo.InvariantCulture));
        builder.AddAttribute(2, "y", Y.ToString(CultureInfo.InvariantCulture));
        builder.AddAttribute(3, "text-anchor", "middle");
        builder.AddContent(4, Text);
        builder.CloseElement();
    }
}
