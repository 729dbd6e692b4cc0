using Bunit;
using GavatDashboard.Features.Audit;

namespace GavatDashboard.Tests.Ui.Audit;

public sealed class AuditDetailsTests : ComponentTest
{
    [Fact]
    public void Details_NamesPartsAndLeavesOutWhatIsNull()
    {
        var view = Context.Render<AuditDetails>(parameters => parameters
            .Add(details => details.Json, """{"amount":50,"pin":{"tier":"gold","until":null},"scopes":["read","write"],"note":"<b>"}"""));

        Assert.Equal(["amount", "pin.tier", "scopes", "note"], view.FindAll("dt").Select(name => name.TextContent));
        Assert.Equal(["50", "gold", "read, write", "<b>"], view.FindAll("dd").Select(value => value.TextContent));
    }

    [Fact]
    public void Details_WithoutAny_ShowNothing() =>
        Assert.Empty(Context.Render<AuditDetails>(parameters => parameters.Add(details => details.Json, null)).Markup.Trim());
}
