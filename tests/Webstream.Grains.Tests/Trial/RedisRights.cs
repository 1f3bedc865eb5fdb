namespace Webstream.Grains.Tests.Trial;

/// <summary>The rights that docs/operations.md tells people to give.</summary>
internal static class RedisRights
{
    /// <summary>The whole line for a silo, exactly as it stands in that document.</summary>
    public static string Silo { get; } = Line("webstream");

    /// <summary>The whole line for a gateway that is only a client, exactly as it stands in that document.</summary>
    public static string Gateway { get; } = Line("webstream-gateway");

    /// <summary>The password in both lines.</summary>
    public const string Password = "change-me";

    /// <summary>The cluster whose keys both lines name.</summary>
    public const string Cluster = "webstream";

    /// <summary>The line for a silo of another cluster, whose user has the cluster's name.</summary>
    public static string SiloOf(string cluster) => Silo.Replace("webstream", cluster, StringComparison.Ordinal);

    /// <summary>The commands of a line.</summary>
    public static string[] Commands(string line) => [.. line.Split(' ').Where(word => word.StartsWith('+')).Select(word => word[1..])];

    private static string Line(string user) => File.ReadLines(Path.Combine(Repository.Root, "docs", "operations.md"))
        .Single(line => line.StartsWith($"ACL SETUSER {user} ", StringComparison.Ordinal));
}
