namespace GavatDashboard.Features.Demo;

/// <summary>Whether the demo community lives here.</summary>
internal sealed class DemoOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Demo";

    /// <summary>Whether it runs; never unless it is asked for.</summary>
    public bool Enabled { get; set; }
}
