using System.Text;
using GavatDashboard.Features.Instances;

namespace GavatDashboard.Tests.Features.Instances;

public sealed class InstanceSignatureTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(each => (byte)each)];
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"owner":"a"}""");
    private readonly string _header = InstanceSignature.Sign(Secret, "follower-1", "POST", "/instances/ledger", Body, Noon);

    [Theory]
    [InlineData(0)]
    [InlineData(300)]
    [InlineData(-300)]
    public void Request_AsItWasSigned_IsValidWithinTheTolerance(int offBySeconds) =>
        Assert.True(InstanceSignature.IsValid(Secret, _header, "POST", "/instances/ledger", Body, Noon.AddSeconds(offBySeconds)));

    [Theory]
    [InlineData(301)]
    [InlineData(-301)]
    public void Request_TooOldOrTooNew_IsNot(int offBySeconds) =>
        Assert.False(InstanceSignature.IsValid(Secret, _header, "POST", "/instances/ledger", Body, Noon.AddSeconds(offBySeconds)));

    [Fact]
    public void Request_OfWhichAnythingWasChanged_IsNot()
    {
        var parts = _header.Split(' ');
        Assert.False(InstanceSignature.IsValid(Secret, _header, "DELETE", "/instances/ledger", Body, Noon));
        Assert.False(InstanceSignature.IsValid(Secret, _header, "POST", "/instances", Body, Noon));
        Assert.False(InstanceSignature.IsValid(Secret, _header, "POST", "/instances/ledger", [.. Body, 0], Noon));
        Assert.False(InstanceSignature.IsValid([.. Secret.Reverse()], _header, "POST", "/instances/ledger", Body, Noon));
        Assert.False(InstanceSignature.IsValid(Secret, $"follower-2 {parts[1]} {parts[2]}", "POST", "/instances/ledger", Body, Noon));
        Assert.False(InstanceSignature.IsValid(Secret, $"{parts[0]} {Noon.ToUnixTimeSeconds() + 1} {parts[2]}", "POST", "/instances/ledger", Body, Noon));
    }

    [Theory]
    [InlineData("")]
    [InlineData("follower-1")]
    [InlineData("follower-1 now hash")]
    [InlineData("a b c d")]
    public void Header_ThatIsNone_IsNot(string header) => Assert.False(InstanceSignature.IsValid(Secret, header, "GET", "/instances/ledger", [], Noon));

    [Fact]
    public void Sender_IsInTheHeader() => Assert.Equal("follower-1", InstanceSignature.SenderOf(_header));

    [Fact]
    public void Answer_BelongsToItsRequestAlone()
    {
        var answer = InstanceSignature.SignAnswer(Secret, _header, Body);

        Assert.True(InstanceSignature.IsValidAnswer(Secret, _header, Body, answer));
        Assert.False(InstanceSignature.IsValidAnswer(Secret, _header, Body, null));
        Assert.False(InstanceSignature.IsValidAnswer(Secret, _header, [], answer));
        Assert.False(InstanceSignature.IsValidAnswer(Secret, InstanceSignature.Sign(Secret, "follower-1", "POST", "/instances/ledger", Body, Noon.AddSeconds(1)), Body, answer));
    }
}
