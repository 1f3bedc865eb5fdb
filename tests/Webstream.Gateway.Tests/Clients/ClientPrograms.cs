using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Clients;

/// <summary>The small clients as people run them, from the repository's folders.</summary>
public sealed class ClientPrograms : IAsyncLifetime
{
    private static readonly string NodeFolder = Path.Combine(Repository.Root, "clients", "node");
    private static readonly string LibrariesFolder = Path.Combine(Repository.Root, "tests", "sse-clients");

    private readonly SemaphoreSlim installing = new(1, 1);

    public ValueTask InitializeAsync() => default;

    /// <summary>Runs <c>clients/node/listen.js</c>.</summary>
    internal Task<ChildProgram> ListenJsAsync(params string[] arguments) =>
        NodeAsync(NodeFolder, Path.Combine(NodeFolder, "listen.js"), arguments);

    /// <summary>Runs the few lines of code that the original's users have, on npm <c>eventsource</c>.</summary>
    internal Task<ChildProgram> OnMessageAsync(Uri address) =>
        NodeAsync(
            NodeFolder, Path.Combine(Repository.Root, "tests", "Webstream.Gateway.Tests", "Clients", "onmessage.mjs"), address.ToString());

    /// <summary>Runs a few lines like these on another library, one of <c>tests/sse-clients</c>.</summary>
    internal Task<ChildProgram> LibraryAsync(string library, Uri address) =>
        NodeAsync(LibrariesFolder, Path.Combine(LibrariesFolder, "listen.mjs"), library, address.ToString());

    /// <summary>Runs <c>clients/python/push.py</c>.</summary>
    internal static ChildProgram PushPy(Uri gateway, string[] arguments, string? key = null)
    {
        var python = Needs.Program("python3", "python3");
        (string, string)[] environment = key is null ? [] : [("WEBSTREAM_API_KEY", key)];
        return ChildProgram.Start(
            python, [Path.Combine(Repository.Root, "clients", "python", "push.py"), .. arguments], [("WEBSTREAM_URL", gateway.ToString()), .. environment]);
    }

    public ValueTask DisposeAsync()
    {
        installing.Dispose();
        return default;
    }

    private async Task<ChildProgram> NodeAsync(string folder, string script, params string[] arguments)
    {
        var node = Needs.Program("nodejs", "node");
        await InstallAsync(folder);
        return ChildProgram.Start(node, [script, .. arguments]);
    }

    // The test script has done this before. A person who runs these tests from an editor has not.
    private async Task InstallAsync(string folder)
    {
        await installing.WaitAsync();
        try
        {
            if (File.Exists(Path.Combine(folder, "node_modules", ".package-lock.json")))
            {
                return;
            }

            await using var npm = ChildProgram.Start(Needs.Program("npm", "npm"), ["ci", "--no-audit", "--no-fund"], folder);
            if (await npm.ExitAsync() != 0)
            {
                Needs.Missing($"npm ci in {folder} failed: the libraries to listen with are not installed");
            }
        }
        finally
        {
            installing.Release();
        }
    }
}

[CollectionDefinition(Name)]
public sealed class ClientTests : ICollectionFixture<ClientPrograms>
{
    public const string Name = "Clients";
}
