using System.Reflection;
using GavatDashboard.Tests.Servers;

namespace GavatDashboard.Tests.Architecture;

/// <summary>Tests -> GavatDashboard -> Domain -> base class library, and drivers under Stores alone.</summary>
public sealed class DependencyRuleTests
{
    private const string StoresNamespace = "GavatDashboard.Stores";

    private static readonly string[] Drivers =
        ["Npgsql", "StackExchange.Redis", "MongoDB", "Microsoft.Data.Sqlite", "LiteDB", "Garnet", "Tsavorite", "Dapper", "dbup"];

    private static readonly Assembly Host = typeof(Program).Assembly;
    private static readonly Assembly Domain = Assembly.Load("GavatDashboard.Domain");
    private static readonly Assembly Tests = typeof(DependencyRuleTests).Assembly;

    [Fact]
    public void Domain_References_BaseClassLibraryOnly()
    {
        using var domain = new AssemblyReferences(Domain);

        Assert.DoesNotContain(domain.Assemblies, name => !IsBaseClassLibrary(name));
    }

    [Fact]
    public void DomainProject_References_NothingElse()
    {
        var project = File.ReadAllText(Path.Combine(SourceTree.Root, "GavatDashboard.Domain", "GavatDashboard.Domain.csproj"));

        Assert.DoesNotContain("PackageReference", project, StringComparison.Ordinal);
        Assert.DoesNotContain("ProjectReference", project, StringComparison.Ordinal);
        Assert.DoesNotContain("FrameworkReference", project, StringComparison.Ordinal);
    }

    [Fact]
    public void Host_DoesNotReference_Tests()
    {
        using var host = new AssemblyReferences(Host);

        Assert.DoesNotContain(Tests.GetName().Name!, host.Assemblies);
    }

    [Fact]
    public void Host_UsesDrivers_OnlyInStores()
    {
        Assert.DoesNotContain(DriverUses(Host), use => !IsInStores(use.Type));
    }

    [Fact]
    public void DriverUses_InTheTests_AreSeen()
    {
        // The rule itself must be able to fail: these types use a driver in a field, a signature and a method body.
        var uses = DriverUses(Tests);

        Assert.Contains((typeof(PostgresServer).FullName!, "Npgsql"), uses);
        Assert.Contains((typeof(RedisServerTests).FullName!, "StackExchange.Redis"), uses);
        Assert.Contains((typeof(MongoServerTests).FullName!, "MongoDB.Driver"), uses);
        Assert.DoesNotContain(uses, use => use.Type == typeof(LoopbackPort).FullName);
    }

    [Theory]
    [InlineData("GavatDashboard.Stores.Postgres.PostgresLedger", true)]
    [InlineData("GavatDashboard.Stores.StoresRegistration", true)]
    [InlineData("GavatDashboard.StoresElsewhere.Ledger", false)]
    [InlineData("GavatDashboard.Features.Coins.LedgerWriter", false)]
    [InlineData("Program", false)]
    public void Namespace_OfAType_DecidesWhetherItMayUseDrivers(string type, bool isAllowed) => Assert.Equal(isAllowed, IsInStores(type));

    private static List<(string Type, string Assembly)> DriverUses(Assembly assembly)
    {
        using var references = new AssemblyReferences(assembly);
        return [.. references.Uses().Where(use => IsDriver(use.Assembly)).Order()];
    }

    private static bool IsInStores(string type) => type.StartsWith(StoresNamespace + ".", StringComparison.Ordinal);

    private static bool IsDriver(string assembly) => Drivers.Any(driver =>
        assembly.Equals(driver, StringComparison.OrdinalIgnoreCase)
        || assembly.StartsWith(driver + ".", StringComparison.OrdinalIgnoreCase)
        || assembly.StartsWith(driver + "-", StringComparison.OrdinalIgnoreCase));

    private static bool IsBaseClassLibrary(string assembly)
    {
        // The folder of the shared framework knows best what belongs to it.
        var framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        return File.Exists(Path.Combine(framework, assembly + ".dll"));
    }
}
