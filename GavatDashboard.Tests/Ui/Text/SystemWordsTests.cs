using System.Globalization;
using GavatDashboard.Domain.Failover;
using GavatDashboard.Features.Failover;
using GavatDashboard.Features.Health;
using GavatDashboard.Features.Reconciliation;
using GavatDashboard.Shared.Text;
using GavatDashboard.Tests.App;
using GavatDashboard.Tests.Features.Health;
using GavatDashboard.Tests.Ui.Failover;
using Microsoft.Extensions.DependencyInjection;

namespace GavatDashboard.Tests.Ui.Text;

/// <summary>What the application says of itself in English is read in the reader's language.</summary>
public sealed class SystemWordsTests(AppFixture app) : IClassFixture<AppFixture>
{
    private static readonly object[] Arguments = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

    [Theory]
    [InlineData("It did not answer within 2 s.", "2 saniye içinde yanıt vermedi.")]
    [InlineData("PostgreSQL cannot be used: Failed to connect to 127.0.0.1:5432: Connection refused", "PostgreSQL kullanılamıyor: Failed to connect to 127.0.0.1:5432: Connection refused")]
    [InlineData("A heartbeat row was written and read (SQLite file in the place of PostgreSQL).", "Bir kalp atışı satırı yazıldı ve okundu (PostgreSQL yerine SQLite dosyası).")]
    [InlineData("FALLBACK since 03:12:09 UTC, the fallback takes the writes: By hand: upgrade. Then more. The automation is paused.", "03:12:09 UTC’den beri YEDEK, yazmaları yedek alıyor: Elle: upgrade. Then more. Otomasyon duraklatıldı.")]
    [InlineData("No sample for 18 s; it is probed every 5 s. It was healthy: It has not been probed yet.", "18 saniyedir örnek yok; 5 saniyede bir yoklanır. Son durumu sağlıklı: Henüz yoklanmadı.")]
    [InlineData("The cache is bypassed, because a lookup in the cache failed; balances are read from the ledger.", "Önbellek kullanılmıyor: önbellekten bir okuma başarısız oldu. Bakiyeler defterden okunuyor.")]
    [InlineData("something that a driver said. And more", "something that a driver said. And more")]
    public void Text_InTurkish_IsSaidInTurkish(string english, string turkish) => Reader.In("tr", texts => Assert.Equal(turkish, SystemWords.Of(english, texts)));

    [Fact]
    public void EveryText_IsLeftInEnglishAndAnotherInTurkish()
    {
        foreach (var (_, english) in SystemWords.List())
        {
            var said = string.Format(CultureInfo.InvariantCulture, english, Arguments);
            Reader.In("en", texts => Assert.Equal(said, SystemWords.Of(said, texts)));
            Reader.In("tr", texts => Assert.NotEqual(said, SystemWords.Of(said, texts)));
        }
    }

    [Fact]
    public void Finding_AsAnIncidentKeepsIt_IsWhatThePageSays()
    {
        Finding[] findings =
        [
            Finding.Of("copy-lacks-entry", "01a2", 17, "ayla") with { Place = "documents", Repair = "copied-again" },
            Finding.Of("entry-balance", "01a2", 17, "ayla", 40, 41),
            Finding.Of("head-wrong", 17),
            Finding.Of("board-stranger", "ayla") with { Place = "board-week" },
        ];

        Reader.In("tr", texts => Assert.All(findings, finding => Assert.Equal(finding.Say(CultureInfo.GetCultureInfo("tr")), SystemWords.Of(finding.ToString(), texts).TrimEnd('.'))));
    }

    [Theory]
    [InlineData(FailoverState.Primary)]
    [InlineData(FailoverState.Suspect)]
    [InlineData(FailoverState.Promoting)]
    [InlineData(FailoverState.Fallback)]
    [InlineData(FailoverState.Recovering)]
    [InlineData(FailoverState.Switchback)]
    [InlineData(FailoverState.ReadOnly)]
    [InlineData(FailoverState.RecoveryBlocked)]
    [InlineData(FailoverState.Fenced)]
    [InlineData(FailoverState.Following)]
    public void AutoRecovery_InEveryState_SpeaksTurkish(FailoverState state) => Reader.In("tr", texts =>
    {
        var now = FailoverSamples.Now;
        var plain = FailoverSamples.Primary with { State = state, Reason = "The primary takes writes.", TickedAt = now };
        foreach (var snapshot in (FailoverSnapshot[])[plain, plain with { IsPaused = true }, plain with { FallbackFault = "full" }, plain with { Owner = "" }, plain with { OwnerHeardAt = now.AddSeconds(-1) }])
        {
            var said = SystemWords.Of(AutoRecoveryProbe.Judge(snapshot, now).Reason, texts);
            Assert.DoesNotContain(" since ", said, StringComparison.Ordinal);
            Assert.DoesNotContain("The ", said, StringComparison.Ordinal);
            Assert.DoesNotContain(state.ToCode().ToUpperInvariant(), said, StringComparison.Ordinal);
        }
    });

    [Fact]
    public async Task EveryComponent_OfARunningApplication_SpeaksTurkish()
    {
        var feed = app.Services.GetRequiredService<IHealthFeed>();
        await MonitorHarness.WaitUntilAsync(() => feed.Current.Rollup.Healthy == feed.Current.Components.Count);

        Reader.In("tr", texts => Assert.All(feed.Current.Components, component => Assert.NotEqual(component.Reason, SystemWords.Of(component.Reason, texts))));
    }
}
