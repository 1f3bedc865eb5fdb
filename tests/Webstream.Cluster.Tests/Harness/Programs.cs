namespace Webstream.Cluster.Tests.Harness;

/// <summary>Where the programs under test lie: as they were built, of the same configuration as these tests.</summary>
internal static class Programs
{
    public static string Silo { get; } = Built("Webstream.Silo", "webstream-silo.dll");

    public static string Gateway { get; } = Built("Webstream.Gateway", "webstream-gateway.dll");

    private static string Built(string project, string program)
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var (framework, configuration) = (here.Name, here.Parent!.Name);
        var root = here;
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "WebstreamMcp.sln")))
        {
            root = root.Parent;
        }

        return Path.Combine(root!.FullName, "src", project, "bin", configuration, framework, program);
    }
}
