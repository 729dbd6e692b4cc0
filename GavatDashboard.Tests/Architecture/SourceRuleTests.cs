using System.Text.RegularExpressions;
using GavatDashboard.Tests.Servers;

namespace GavatDashboard.Tests.Architecture;

/// <summary>What no source file may contain: skipped tests, swallowed errors, unfinished code.</summary>
public sealed partial class SourceRuleTests
{
    private static readonly string[] Folders = ["GavatDashboard", "GavatDashboard.Domain", "GavatDashboard.Tests", "scripts", "wwwroot-assets"];
    private static readonly string[] Kinds = [".cs", ".razor", ".js", ".mjs", ".ts"];
    private static readonly string[] Built = ["bin", "obj", "node_modules", "wwwroot"];

    [Fact]
    public void Sources_Contain_NoSkippedTest() => Assert.Empty(Offences(SkippedTest()));

    [Fact]
    public void Sources_Contain_NoSwallowedError() => Assert.Empty(Offences(SwallowedError()));

    [Fact]
    public void Sources_Contain_NoUnfinishedCode() => Assert.Empty(Offences(Unfinished()));

    [Fact]
    public void Sources_AreFound() => Assert.Contains(Sources(), file => file.EndsWith("/Program.cs", StringComparison.Ordinal));

    [Theory]
    [InlineData("[Fact(Skip = \"later\")] public void A() { }", true)]
    [InlineData("[Theory(DisplayName = \"a\", Skip=\"later\")]", true)]
    [InlineData("Assert.Skip(\"later\");", true)]
    [InlineData("test.skip('a', () => {});", true)]
    [InlineData("test('a', { skip: true }, () => {});", true)]
    [InlineData("// [Fact(Skip = \"later\")]", false)]
    [InlineData("list.Skip(1).Take(2);", false)]
    [InlineData("var text = \"[Fact(Skip = 1)]\";", false)]
    public void SkippedTest_IsRecognised(string source, bool isOffence) =>
        Assert.Equal(isOffence, SkippedTest().IsMatch(SourceText.WithoutWords(source)));

    [Theory]
    [InlineData("try { A(); } catch { }", true)]
    [InlineData("catch\n{\n}", true)]
    [InlineData("catch { /* why */ }", true)]
    [InlineData("catch (Exception) { // why\n }", true)]
    [InlineData("catch (System.Exception error) { }", true)]
    [InlineData("catch (IOException) { }", true)]
    [InlineData("catch (IOException) when (IsGone(file)) { }", true)]
    [InlineData("catch (IOException)\n{\n    // The file is gone, which is what was wanted.\n}", false)]
    [InlineData("catch (Exception error) { Log(error); }", false)]
    [InlineData("catch { return null; }", false)]
    [InlineData("var text = \"catch { }\";", false)]
    public void SwallowedError_IsRecognised(string source, bool isOffence) =>
        Assert.Equal(isOffence, SwallowedError().IsMatch(SourceText.WithoutWords(source)));

    private static IEnumerable<string> Offences(Regex pattern) =>
        from file in Sources()
        let text = SourceText.WithoutWords(File.ReadAllText(file))
        from match in pattern.Matches(text)
        let line = text.AsSpan(0, match.Index).Count('\n') + 1
        select $"{Path.GetRelativePath(SourceTree.Root, file)}:{line}: {match.Value.ReplaceLineEndings(" ")}";

    private static IEnumerable<string> Sources() => Folders
        .Select(folder => Path.Combine(SourceTree.Root, folder))
        .Where(Directory.Exists)
        .SelectMany(Files);

    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder)
        .Where(file => Kinds.Contains(Path.GetExtension(file)))
        .Concat(Directory.EnumerateDirectories(folder)
            .Where(each => !Built.Contains(Path.GetFileName(each)))
            .SelectMany(Files));

    [GeneratedRegex(@"\b(Fact|Theory)\s*\([^)\]]*\bSkip\s*=|\bAssert\s*\.\s*Skip\w*\s*\(|\b(test|it|describe|suite)\s*\.\s*(skip|todo|only)\s*\(|\b(skip|todo)\s*:\s*(true|"""")")]
    private static partial Regex SkippedTest();

    // An empty handler is an offence unless it catches something specific and a comment says why that is harmless.
    [GeneratedRegex(@"\bcatch\s*(\(\s*(System\s*\.\s*)?Exception\b[^)]*\)\s*)?\{(\s|/\*\*/)*\}|\bcatch\s*\([^)]*\)\s*(when\s*\((?>[^()]+|\((?<depth>)|\)(?<-depth>))*\)\s*)?\{\s*\}")]
    private static partial Regex SwallowedError();

    [GeneratedRegex(@"\bNotImplementedException\b")]
    private static partial Regex Unfinished();
}
