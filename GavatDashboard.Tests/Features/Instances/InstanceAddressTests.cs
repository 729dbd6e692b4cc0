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
    [InlineData("https://gavat.example:8443", "https://gavat.example:8443")]
    [InlineData("http://*:5080 https://*:5443", "https://gavat-1:5443 http://gavat-1:5080")]
    [InlineData("http://localhost:5080 https://localhost:5443", "https://localhost:5443 http://localhost:5080")]
    [InlineData("https://localhost:5443 http://*:5080", "http://gavat-1:5080 https://localhost:5443")]
    [InlineData("", "")]
    public void Order_OfWhereItListens_BeginsWithWhatOtherMachinesReachAndEncrypts(string addresses, string expected) =>
        Assert.Equal(expected, string.Join(' ', InstanceAddress.Order(addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries), "gavat-1")));
}
