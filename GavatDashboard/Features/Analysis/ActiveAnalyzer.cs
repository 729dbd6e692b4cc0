using GavatDashboard.Domain.Analysis;
using Microsoft.Extensions.Options;

namespace GavatDashboard.Features.Analysis;

/// <summary>The rules that hold now and what is known of everybody, as one analyzer. Replaced as a whole, never changed.</summary>
internal sealed class ActiveAnalyzer
{
    private readonly RuleSet _configured;
    private volatile UserAnalyzer _analyzer;

    public ActiveAnalyzer(IOptions<AnalysisOptions> options)
    {
        _configured = options.Value.Rules.Read($"{AnalysisOptions.Section}:Rules", out var errors) ?? throw new InvalidOperationException(string.Join(' ', errors));
        _analyzer = new UserAnalyzer(_configured);
    }

    /// <summary>The analyzer that holds now.</summary>
    public UserAnalyzer Current => _analyzer;

    /// <summary>The rules of the configuration.</summary>
    public RuleSet Configured => _configured;

    /// <summary>Takes up what was published and fitted last, by this process or another.</summary>
    /// <exception cref="Domain.Coins.StoreUnavailableException">The store cannot be reached; what held before still holds.</exception>
    public async Task ReloadAsync(IAnalysisRecords records, CancellationToken cancellationToken)
    {
        var published = await records.ListRuleSetsAsync(1, cancellationToken) is [var newest, ..] ? newest : null;
        var fit = await records.FindFitAsync(cancellationToken);

        // What an older version published may name facts that this one does not know; then the configuration's rules hold.
        var rules = published?.Document.Read("published", out _) ?? _configured;
        if (rules.Version != _analyzer.Version || fit?.Id != _analyzer.Population?.Id)
        {
            _analyzer = new UserAnalyzer(rules, fit);
        }
    }
}
