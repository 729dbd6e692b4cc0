using GavatDashboard.Features.Instances;

namespace GavatDashboard.Tests.Features.Instances;

public sealed class InstanceAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:5080", "http://127.0.0.1:5080")]
    [InlineData("http://*:5080", "http://gavat-1:5080")]
    [InlineData("http://+:5080", "http://gavat-1:5080")]
    [InlineData("http://0.0.0.0:5080", "http://gavat-1:5080")]
    [InlineData("http://[::]:5080", "http://gavat-1:5080")]
    [InlineData("http://[::1]:5080", "http://[::1]:5080")]
    [InlineData("https://gavat.example:443", "https://gavat.example:443")]
    [InlineData("https://localhost:5443 http://localhost:5080", "http://localhost:5080")]
    [InlineData("", "")]
    public void Choose_OfWhereItListens_TakesWhatOthersCanUse(string addresses, string expected) =>
        Assert.Equal(expected, InstanceAddress.Choose(addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries), "gavat-1"));
}
