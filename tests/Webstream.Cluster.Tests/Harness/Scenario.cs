using System.Runtime.CompilerServices;
using Webstream.Cluster.Tests.Load;

namespace Webstream.Cluster.Tests.Harness;

/// <summary>A failure of the shared cluster. The cluster is whole when the scenario begins.</summary>
public abstract class Scenario(ClusterFixture shared) : IAsyncLifetime
{
    private const int LinesShown = 60;

    private static int streams;

    /// <summary>How long a dead gateway's listeners are counted: its lease, and 1 s for the request.</summary>
    protected static readonly TimeSpan Lease = TimeSpan.FromSeconds(10 + 1);

    internal TestCluster Cluster => shared.Cluster;

    /// <summary>How much longer than usual those scenarios run that can be extended, in seconds; for nightly runs.</summary>
    internal static TimeSpan MoreTime { get; } = TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable("WEBSTREAM_CLUSTER_TESTS_SECONDS"), out var seconds) ? seconds : 0);

    public async ValueTask InitializeAsync()
    {
        RedisServer.MustBeInstalled();
        await Cluster.HealAsync();
    }

    public ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            foreach (var server in Cluster.All)
            {
                Write($"---- {server.Name}\n{string.Join('\n', server.Output.Split('\n').TakeLast(LinesShown))}");
            }
        }

        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    internal Task<StreamLoad> StartLoadAsync(int listeners = 24, [CallerMemberName] string name = "") =>
        StreamLoad.StartAsync(Cluster.Addresses, NewStream(name), listeners);

    internal static string NewStream([CallerMemberName] string name = "") => $"s{Interlocked.Increment(ref streams)}-{name[..Math.Min(60, name.Length)]}";

    protected static void Write(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);
}
