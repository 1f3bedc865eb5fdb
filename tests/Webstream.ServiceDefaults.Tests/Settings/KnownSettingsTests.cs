using System.Text.RegularExpressions;
using Webstream.ServiceDefaults.Settings;

namespace Webstream.ServiceDefaults.Tests.Settings;

/// <summary>The list of settings. The tests of each program show that the program registers exactly these.</summary>
public sealed partial class KnownSettingsTests
{
    private static readonly string Documentation = File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md"));

    [Fact]
    public void Names_AreInOrderAndEachIsThereOnce() =>
        KnownSettings.Names.ShouldBe(KnownSettings.Names.Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal));

    [Fact]
    public void Documentation_NamesEach() =>
        KnownSettings.Names.Where(name => !Documentation.Contains($"`{name}`", StringComparison.Ordinal)).ShouldBeEmpty();

    [Fact]
    public void Documentation_NamesNoOther() =>
        Name().Matches(Item().Replace(Documentation, "__N__")).Select(name => name.Value).Except(KnownSettings.Names).ShouldBeEmpty();

    [GeneratedRegex("Webstream__[A-Za-z]+(?:__[A-Za-z]+){0,2}")]
    private static partial Regex Name();

    // The items of a list have numbers.
    [GeneratedRegex("__[0-9]+__")]
    private static partial Regex Item();
}
