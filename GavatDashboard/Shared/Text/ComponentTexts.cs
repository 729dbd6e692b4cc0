using System.Globalization;
using GavatDashboard.Domain.Health;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Shared.Text;

/// <summary>
/// A component in the language of the page. Probes speak English, to logs and programs too, and <see cref="SystemWords"/> says it in others;
/// only what a driver says keeps its words.
/// </summary>
internal static class ComponentTexts
{
    /// <summary>Its name.</summary>
    public static string NameOf(this IStringLocalizer<UiText> texts, string componentId) => Find(texts, $"ComponentName.{componentId}") ?? ComponentIds.NameOf(componentId);

    /// <summary>The name of what an incident is about.</summary>
    public static string SubjectOf(this IStringLocalizer<UiText> texts, string subject) =>
        IncidentSubjects.IsReconciliation(subject) ? texts["Incident.Reconciliation", IncidentSubjects.CheckOf(subject)] : texts.NameOf(subject);

    /// <summary>Why it is as it is.</summary>
    public static string ReasonOf(this IStringLocalizer<UiText> texts, ComponentHealth component) => SystemWords.Of(component.Reason, texts);

    /// <summary>What stands in for the real store.</summary>
    public static string StandInOf(this IStringLocalizer<UiText> texts, string standIn) => Find(texts, $"StandIn.{standIn}") ?? standIn;

    /// <summary>The name of one of its details; that of a collection is its own.</summary>
    public static string DetailOf(this IStringLocalizer<UiText> texts, string name) => Find(texts, $"Detail.{name}") ?? name;

    /// <summary>The value of one of its details, with the unit that its name ends with.</summary>
    public static string DetailValue(string name, string value)
    {
        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var figure))
        {
            return value;
        }

        return name switch
        {
            "version" or "generation" => value,
            _ when name.EndsWith("Bytes", StringComparison.Ordinal) => Formats.Bytes((long)figure),
            _ when name.EndsWith("Percent", StringComparison.Ordinal) => Formats.Percent(figure),
            _ when name.EndsWith("Seconds", StringComparison.Ordinal) => string.Create(CultureInfo.CurrentCulture, $"{figure:0.###} {Formats.Unit("s")}"),
            _ when long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => Formats.Number(whole),
            _ => value,
        };
    }

    private static string? Find(IStringLocalizer<UiText> texts, string key) => texts[key] is { ResourceNotFound: false } text ? text.Value : null;
}
