namespace Webstream.Testing;

/// <summary>
/// The packages that programs for Node need, as a folder's <c>package-lock.json</c> names them. The test script installs them beforehand. For a
/// person who runs the tests from an editor, the first test does.
/// </summary>
public sealed class NodeModules
{
    private readonly Lazy<Task> installing;

    /// <param name="folder">The folder.</param>
    /// <param name="what">What is in these packages, in the plural, for the message.</param>
    public NodeModules(string folder, string what)
    {
        Folder = folder;
        installing = new(() => InstallAsync(folder, what));
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Installs the packages where they are missing; skips the test where that fails.</summary>
    public Task NeededAsync() => installing.Value;

    private static async Task InstallAsync(string folder, string what)
    {
        if (File.Exists(Path.Combine(folder, "node_modules", ".package-lock.json")))
        {
            return;
        }

        var npm = await ProgramRun.OfAsync([Needs.Program("npm", "npm"), "ci", "--no-audit", "--no-fund"], folder: folder);
        if (npm.ExitCode != 0)
        {
            Needs.Missing($"npm ci in {folder} failed: {what} are not installed");
        }
    }
}
