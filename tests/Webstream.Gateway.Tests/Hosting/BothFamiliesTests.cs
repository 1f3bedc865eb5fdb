using System.Net;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>IPv4 and IPv6: what is served, what is said of it, and another program on the other one.</summary>
public sealed class BothFamiliesTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("--port {0}", true, true)]
    [InlineData("--host 0.0.0.0 --port {0}", true, false)]
    public async Task Gateway_ServesWhatIsAskedFor(string arguments, bool ipv4, bool ipv6)
    {
        Ports.NeedIPv6();
        var port = Ports.Free();
        await using var run = await GatewayRun.Start(string.Format(null, arguments, port)).UpAsync();

        (await IsGatewayAsync($"http://127.0.0.1:{port}")).ShouldBe(ipv4);
        (await IsGatewayAsync($"http://[::1]:{port}")).ShouldBe(ipv6);
        run.Addresses[0].ToString().ShouldBe($"http://localhost:{port}/");
        run.Output.ShouldAllBe(line => !line.StartsWith("  warning", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Gateway_OnAPortThatTheSystemChooses_HasItInBothFamilies()
    {
        Ports.NeedIPv6();
        await using var run = await GatewayRun.Start("--port 0").UpAsync();
        var port = run.Addresses[0].Port;

        (await IsGatewayAsync($"http://127.0.0.1:{port}")).ShouldBeTrue();
        (await IsGatewayAsync($"http://[::1]:{port}")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("--port {0}", "::1", "http://127.0.0.1:{0}/")]
    [InlineData("--host ::1 --port {0}", "127.0.0.1", "http://[::1]:{0}/")]
    public async Task ForeignProgram_OnTheOtherFamily_IsToldAndTheAddressesLeadToTheGateway(string arguments, string foreign, string open)
    {
        Ports.NeedIPv6();
        using var other = Ports.Listen(IPAddress.Parse(foreign));
        var port = ((IPEndPoint)other.LocalEndPoint!).Port;
        await using var run = await GatewayRun.Start(string.Format(null, arguments, port)).UpAsync();

        var loopback = foreign == "127.0.0.1" ? foreign : "[::1]";
        run.Output.ShouldContain(
            $"  warning  another program listens on {loopback}:{port}. Whoever opens http://localhost:{port} may see that program instead of this gateway. "
            + $"Open {string.Format(null, open, port).TrimEnd('/')}, or choose another port with --port");
        run.Addresses[0].ToString().ShouldBe(string.Format(null, open, port));
        run.Addresses.ShouldAllBe(address => address.Host != "localhost");
        (await IsGatewayAsync(string.Format(null, open, port))).ShouldBeTrue();
    }

    [Fact]
    public async Task ForeignProgram_AtAnAddressThatAPersonWrote_EndsTheStart()
    {
        Ports.NeedIPv6();
        using var other = Ports.Listen(IPAddress.IPv6Loopback);
        var port = ((IPEndPoint)other.LocalEndPoint!).Port;
        await using var run = GatewayRun.Start($"--urls http://127.0.0.1:{port};http://[::1]:{port}");

        (await run.EndAsync()).ShouldBe((int)ExitCode.InUse);
    }

    private static async Task<bool> IsGatewayAsync(string address)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        try
        {
            return (await client.GetStringAsync(new Uri(new Uri(address), "/api/info"), Stop)).Contains("webstream", StringComparison.Ordinal);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
