using GavatDashboard.Features.Upkeep;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using GavatDashboard.Features.Coins;
using GavatDashboard.Features.Health;

namespace GavatDashboard.Tests.Features.Upkeep;

public sealed class SettingsCheckTests
{
    [Fact]
    public void FindErrors_AllWell_IsEmpty() => Assert.Empty(Find());

    [Fact]
    public void FindErrors_SeveralWrong_NamesEach()
    {
        var errors = Find(("Health:IntervalSeconds", "-3"), ("Health:SparklineSamples", "1"), ("LedgerWriter:QueueCapacity", "-1"));

        Assert.Contains(errors, error => error.Contains("Health:IntervalSeconds", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Contains("Health:SparklineSamples", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Contains("QueueCapacity", StringComparison.Ordinal));
    }

    [Fact]
    public void FindErrors_NoNumber_NamesTheSettingAndTheValue()
    {
        var error = Assert.Single(Find(("Health:IntervalSeconds", "often")));

        Assert.Contains("'often' at 'Health:IntervalSeconds'", error, StringComparison.Ordinal);
    }

    private static IReadOnlyList<string> Find(params (string Key, string? Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => setting.Value));
        builder.AddCoins();
        builder.AddHealth();
        using var app = builder.Build() as IDisposable;
        return SettingsCheck.FindErrors(((WebApplication)app!).Services);
    }
}
