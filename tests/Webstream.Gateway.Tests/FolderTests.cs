using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace Webstream.Gateway.Tests;

/// <summary>Which folder of the gateway may use which other. The test reads the compiled code, so that no cycle comes back unseen.</summary>
public sealed class FolderTests
{
    private const string Root = "Webstream.Gateway.";

    private static readonly Architecture Gateway = new ArchLoader().LoadAssembly(typeof(GatewayMetrics).Assembly).Build();

    [Fact]
    public void Folders_UseEachOther_WithoutCycles()
    {
        var uses = Uses();

        var left = uses.Keys.ToHashSet();
        // A folder that uses none of the folders that are left is in no cycle.
        while (left.FirstOrDefault(folder => !uses[folder].Overlaps(left)) is { } free)
        {
            left.Remove(free);
        }

        left.SelectMany(folder => uses[folder].Intersect(left).Select(used => $"{folder} -> {used}: {Example(folder, used)}"))
            .ShouldBeEmpty();
    }

    private static Dictionary<string, HashSet<string>> Uses() => Gateway.Types
        .GroupBy(FolderOf)
        .Where(folder => folder.Key is not null)
        .ToDictionary(
            folder => folder.Key!,
            folder => folder.SelectMany(type => type.Dependencies).Select(use => FolderOf(use.Target)).OfType<string>().Where(used => used != folder.Key).ToHashSet());

    private static string Example(string folder, string used) => Gateway.Types
        .Where(type => FolderOf(type) == folder)
        .SelectMany(type => type.Dependencies)
        .Where(use => FolderOf(use.Target) == used)
        .Select(use => $"{use.Origin.Name} uses {use.Target.Name}")
        .First();

    private static string? FolderOf(IType type) =>
        type.FullName.StartsWith(Root, StringComparison.Ordinal) && type.FullName[Root.Length..].Split('.') is [var folder, _, ..] ? folder : null;
}
