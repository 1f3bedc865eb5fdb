using System.Text.RegularExpressions;

namespace Webstream.Gateway.Tests.Access;

/// <summary>What the page about security names as its proof is there.</summary>
public sealed partial class SecurityPageTests
{
    [Fact]
    public void Page_NamesTestsThatAreThere()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .Select(Path.GetFileNameWithoutExtension).ToHashSet();
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs/security.md"));

        var named = TestNames().Matches(page).Select(match => match.Groups[1].Value).ToArray();
        named.Length.ShouldBeGreaterThan(10);
        named.Where(name => !tests.Contains(name)).ShouldBeEmpty();
        Scripts().Matches(page).Select(match => match.Groups[1].Value).Where(path => !File.Exists(Path.Combine(Repository.Root, path))).ShouldBeEmpty();
    }

    [GeneratedRegex("`([A-Za-z]+Tests)`")]
    private static partial Regex TestNames();

    [GeneratedRegex("`(tests/[a-z./]+)`")]
    private static partial Regex Scripts();
}
