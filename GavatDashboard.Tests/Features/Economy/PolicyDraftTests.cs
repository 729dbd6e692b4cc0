using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Economy;

namespace GavatDashboard.Tests.Features.Economy;

public sealed class PolicyDraftTests
{
    [Fact]
    public void Read_OfWhatWasNotTouched_IsThePolicyWithTheNextVersion()
    {
        var draft = new PolicyDraft(LedgerPolicy.Default);

        Assert.False(draft.IsChanged);
        Assert.Empty(PolicyFields.Changes(LedgerPolicy.Default, draft.Read(out _)!));
        Assert.Equal(2, draft.Read(out _)!.Version);
    }

    [Theory]
    [InlineData("spend_content", "", "Policy.NotWhole")]
    [InlineData("spend_content", "1.5", "Policy.NotWhole")]
    [InlineData("spend_content", "1,500", "Policy.NotWhole")]
    [InlineData("spend_content", "0", "Policy.OutOfRange")]
    [InlineData("spend_content", "-4", "Policy.OutOfRange")]
    [InlineData("spend_content", "1000000000001", "Policy.OutOfRange")]
    [InlineData("MessagesPerDay", "3000000000", "Policy.OutOfRange")]
    [InlineData("EarnPerDay", "-1", "Policy.OutOfRange")]
    [InlineData("GoldFrom", "500", "Policy.MustExceed")]
    [InlineData("PlatinumFrom", "1999", "Policy.MustExceed")]
    public void Read_OfAWrongField_NamesIt(string field, string text, string problem)
    {
        var draft = new PolicyDraft(LedgerPolicy.Default) { [field] = text };

        Assert.Null(draft.Read(out var problems));
        Assert.Equal((field, problem), (Assert.Single(problems).Key, problems[field].Text));
    }

    [Fact]
    public void Read_WhatItAccepts_TheLedgerAcceptsToo()
    {
        var draft = new PolicyDraft(LedgerPolicy.Default) { ["EarnPerDay"] = "0", ["MessagesPerDay"] = " 7 ", ["spend_group"] = "1000000000000" };

        var policy = draft.Read(out _)!;

        Assert.Empty(policy.Validate());
        Assert.Equal((0, 7, 1_000_000_000_000), (policy.EarnPerDay.Value, policy.MessagesPerDay, policy.Prices["spend_group"]!.Value));
    }

    [Fact]
    public void OnTopOf_APolicyPublishedMeanwhile_KeepsBoth()
    {
        var mine = new PolicyDraft(LedgerPolicy.Default) { ["SpendPerDay"] = "200" };

        var both = mine.OnTopOf(LedgerPolicy.Default with { Version = 2, EarnPerDay = new(50) }).Read(out _)!;

        Assert.Equal((3, 50, 200), (both.Version, both.EarnPerDay.Value, both.SpendPerDay.Value));
    }
}
