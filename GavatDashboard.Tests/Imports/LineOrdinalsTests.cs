using GavatDashboard.Domain.Imports;

namespace GavatDashboard.Tests.Imports;

public sealed class LineOrdinalsTests
{
    [Fact]
    public void Next_EqualLines_AreNumberedInTheirOrder()
    {
        var ordinals = new LineOrdinals();

        Assert.Equal([1, 1, 2, 3, 1, 2], new[] { "a", "b", "a", "a", "c", "b" }.Select(ordinals.Next));
    }
}
