using GavatDashboard.Features.Accounts;

namespace GavatDashboard.Tests.Features.Accounts;

public sealed class LocalUrlTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/users/42?tab=entries#top")]
    [InlineData("/loginhistory")]
    public void OrHome_OwnPath_IsKept(string url) => Assert.Equal(url, LocalUrl.OrHome(url));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("users")]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("/a\\..\\b")]
    [InlineData("https://evil.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/a\r\nSet-Cookie: x=1")]
    [InlineData("/login?returnUrl=/login")]
    [InlineData("/logout")]
    [InlineData("/Account/Password")]
    public void OrHome_AnythingElse_LeadsHome(string? url) => Assert.Equal("/", LocalUrl.OrHome(url));
}
