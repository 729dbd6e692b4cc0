namespace GavatDashboard.Shared.Text;

/// <summary>The words of the pages: <c>UiText.resx</c> in English, <c>UiText.tr.resx</c> in Turkish.</summary>
public sealed class UiText;
