using System.Globalization;
using Webstream.Cluster.Tests.Harness;

namespace Webstream.Cluster.Tests.Closed;

/// <summary>A process of a cluster that others can reach does not start without TLS or a secret, unless somebody says by name that this is meant.</summary>
[Collection(ClosedCluster.Name)]
public sealed class OpenClusterTests
{
    private const string Insecure = "Webstream__Cluster__Insecure";

    [Fact]
    public async Task Silo_BeyondThisMachine_IsRefusedUnlessSaidSo()
    {
        var settings = Listening();
        await using var refused = new SiloProcess("an open silo", FreePort.Take(), settings);
        refused.Start();
        (await refused.Process.ExitAsync()).ShouldBe(1);
        refused.Output.ShouldContain($"beyond this machine, at {settings["Orleans__Endpoints__SiloListeningEndpoint"]}, without TLS and without a secret");
        refused.Output.ShouldContain($"{Insecure}=true");
        refused.Output.Split('\n').ShouldHaveSingleItem();

        await using var said = new SiloProcess("one that is meant to be open", FreePort.Take(), With(Listening(), Insecure, "true"));
        await said.StartReadyAsync();
        said.Said("The cluster is open to whoever reaches").ShouldBe(1);

        await using var closed = new SiloProcess("a closed one", FreePort.Take(), With(Listening(), "Webstream__Cluster__Secret", new('a', 40)));
        await closed.StartReadyAsync();
        closed.Said("The cluster").ShouldBe(0);

        var changing = With(Listening(), "Webstream__Cluster__Secret", new('a', 40));
        await using var between = new SiloProcess("one that changes over", FreePort.Take(), With(changing, "Webstream__Cluster__Protection", "use"));
        await between.StartReadyAsync();
        between.Said("The cluster still takes processes that prove nothing").ShouldBe(1);
    }

    [Fact]
    public async Task Gateway_OfSilosBeyondThisMachine_IsRefusedUnlessSaidSo()
    {
        // An address of the documentation: nobody answers there.
        var settings = new Dictionary<string, string> { ["Webstream__Cluster__Silos"] = "127.0.0.1:30000,192.0.2.1:30000" };
        await using var refused = new GatewayProcess("an open gateway", settings);
        refused.Start();
        (await refused.Process.ExitAsync()).ShouldBe(1);
        refused.Output.ShouldContain("connect to silos beyond this machine, at 192.0.2.1:30000,");

        await using var said = new GatewayProcess("one that is meant to be open", With(settings, Insecure, "true"));
        said.Start();
        await Until.TrueAsync(() => said.Said("Waiting for a silo") > 0, what: "it waits for its silos");
    }

    private static Dictionary<string, string> Listening()
    {
        var port = FreePort.Take().ToString(CultureInfo.InvariantCulture);
        return new()
        {
            ["Webstream__Cluster__GatewayPort"] = "0",
            ["Orleans__Endpoints__SiloListeningEndpoint"] = $"0.0.0.0:{port}",
        };
    }

    private static Dictionary<string, string> With(Dictionary<string, string> settings, string name, string value) => new(settings) { [name] = value };
}
