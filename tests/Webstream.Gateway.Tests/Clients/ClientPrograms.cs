namespace Webstream.Gateway.Tests.Clients;

/// <summary>The small clients as people run them, from the repository's folders.</summary>
public sealed class ClientPrograms
{
    private readonly NodeModules node = new(Path.Combine(Repository.Root, "clients", "node"), "the libraries to listen with");
    private readonly NodeModules libraries = new(Path.Combine(Repository.Root, "tests", "sse-clients"), "the libraries to listen with");

    /// <summary>Runs <c>clients/node/listen.js</c>.</summary>
    internal Task<ChildProcess> ListenJsAsync(params string[] arguments) =>
        NodeAsync(node, Path.Combine(node.Folder, "listen.js"), arguments);

    /// <summary>Runs the few lines of code that the original's users have, on npm <c>eventsource</c>.</summary>
    internal Task<ChildProcess> OnMessageAsync(Uri address) =>
        NodeAsync(
            node, Path.Combine(Repository.Root, "tests", "Webstream.Gateway.Tests", "Clients", "onmessage.mjs"), address.ToString());

    /// <summary>Runs a few lines like these on another library, one of <c>tests/sse-clients</c>.</summary>
    internal Task<ChildProcess> LibraryAsync(string library, Uri address) =>
        NodeAsync(libraries, Path.Combine(libraries.Folder, "listen.mjs"), library, address.ToString());

    /// <summary>Runs <c>clients/python/push.py</c>.</summary>
    internal static ChildProcess PushPy(Uri gateway, string[] arguments, string? key = null)
    {
        var python = Needs.Program("python3", "python3");
        (string, string)[] environment = key is null ? [] : [("WEBSTREAM_API_KEY", key)];
        return ChildProcess.Start(
            [python, Path.Combine(Repository.Root, "clients", "python", "push.py"), .. arguments], [("WEBSTREAM_URL", gateway.ToString()), .. environment]);
    }

    private static async Task<ChildProcess> NodeAsync(NodeModules modules, string script, params string[] arguments)
    {
        var program = Needs.Program("nodejs", "node");
        await modules.NeededAsync();
        return ChildProcess.Start([program, script, .. arguments]);
    }
}

[CollectionDefinition(Name)]
public sealed class ClientTests : ICollectionFixture<ClientPrograms>
{
    public const string Name = "Clients";
}
