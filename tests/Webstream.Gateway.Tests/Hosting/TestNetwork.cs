namespace Webstream.Gateway.Tests.Hosting;

/// <summary>A network namespace with a wire to this machine. The wire can be cut without a packet to either end.</summary>
internal sealed class TestNetwork : IAsyncDisposable
{
    private static int made;

    private readonly string name;

    private TestNetwork(string name, int subnet)
    {
        this.name = name;
        HostAddress = $"10.217.{subnet}.1";
        ClientAddress = $"10.217.{subnet}.2";
    }

    /// <summary>This machine's address on the wire.</summary>
    public string HostAddress { get; }

    /// <summary>The address at the other end.</summary>
    public string ClientAddress { get; }

    /// <summary>Makes a network, or skips the test where that is not permitted.</summary>
    public static async Task<TestNetwork> CreateAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "It takes Linux and root to cut a wire.");
        Assert.SkipUnless(File.Exists("/usr/sbin/ip") || File.Exists("/sbin/ip") || File.Exists("/usr/bin/ip"), "It takes iproute2 to cut a wire.");
        // One of this process's own, beside those of other tests.
        var number = Interlocked.Increment(ref made);
        var network = new TestNetwork($"ws{Environment.ProcessId:x}{(char)('g' + (number % 20))}", (Environment.ProcessId + (97 * number)) % 250);
        try
        {
            await IpAsync($"netns add {network.name}");
            await IpAsync($"link add {network.name}h type veth peer name {network.name}c netns {network.name}");
            await IpAsync($"addr add {network.HostAddress}/24 dev {network.name}h");
            await IpAsync($"link set {network.name}h up");
            await IpAsync($"-n {network.name} addr add {network.ClientAddress}/24 dev {network.name}c");
            await IpAsync($"-n {network.name} link set {network.name}c up");
            return network;
        }
        catch (InvalidOperationException refused)
        {
            await network.DisposeAsync();
            Assert.Skip($"No network namespace can be made here: {refused.Message}");
            throw;
        }
    }

    /// <summary>Runs a line of bash at the other end of the wire. Its input stays open.</summary>
    public ChildProcess Start(string command) => ChildProcess.Start(["ip", "netns", "exec", name, "bash", "-c", command], keepsInput: true);

    /// <summary>From now on nothing that is sent arrives.</summary>
    public Task CutAsync() => IpAsync($"-n {name} link set {name}c down");

    public async ValueTask DisposeAsync()
    {
        foreach (var command in new[] { $"link del {name}h", $"netns del {name}" })
        {
            try
            {
                await IpAsync(command);
            }
            catch (InvalidOperationException)
            {
                // The network was not made.
            }
        }
    }

    private static async Task IpAsync(string arguments)
    {
        var ip = await ProgramRun.OfAsync(["ip", .. arguments.Split(' ')]);
        if (ip.ExitCode != 0)
        {
            throw new InvalidOperationException($"ip {arguments}: {ip.Errors.Trim()}");
        }
    }
}
