namespace Webstream.Cluster.Tests.Harness;

/// <summary>Where the programs under test lie: as they were built, in the same configuration as these tests.</summary>
internal static class Programs
{
    public static string Silo { get; } = Path.Combine(Repository.Built("Webstream.Silo"), "webstream-silo.dll");

    public static string Gateway { get; } = Path.Combine(Repository.Built("Webstream.Gateway"), "webstream-gateway.dll");
}
