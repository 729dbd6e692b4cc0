using System.ComponentModel.DataAnnotations;
using GavatDashboard.Domain.Analysis;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Analysis;

/// <summary>The analyzer's rules and bounds. Section <c>Analysis</c>.</summary>
public sealed class AnalysisOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Analysis";

    /// <summary>The rules that hold until somebody publishes others; without any, those that come with the program.</summary>
    public RuleSetDocument Rules { get; init; } = new();

    /// <summary>Users that are read and written at once.</summary>
    [Range(10, 1000, ErrorMessage = "Analysis:BatchSize must lie between 10 and 1000.")]
    public int BatchSize { get; set; } = 500;

    /// <summary>How often whoever changed or is due is analysed, in minutes.</summary>
    [Range(1, 1440, ErrorMessage = "Analysis:BatchMinutes must lie between 1 and 1440.")]
    public int BatchMinutes { get; set; } = 30;

    /// <summary>How often what is learnt from everybody is learnt anew, in hours.</summary>
    [Range(1, 720, ErrorMessage = "Analysis:RefitHours must lie between 1 and 720.")]
    public int RefitHours { get; set; } = 24;
}

/// <summary>Names everything that is wrong with the rules of the configuration at once.</summary>
internal sealed class AnalysisOptionsValidation : IValidateOptions<AnalysisOptions>
{
    public ValidateOptionsResult Validate(string? name, AnalysisOptions options) =>
        options.Rules.Read($"{AnalysisOptions.Section}:Rules", out var errors) is null ? ValidateOptionsResult.Fail(errors) : ValidateOptionsResult.Success;
}
