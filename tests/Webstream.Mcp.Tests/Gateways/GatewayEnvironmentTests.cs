using System.Collections;
using Webstream.Mcp.Gateways;

namespace Webstream.Mcp.Tests.Gateways;

public sealed class GatewayEnvironmentTests
{
    [Fact]
    public void Environment_OfAGateway_IsTheServersWithoutItsOwnSettings()
    {
        var environment = GatewayProgram.EnvironmentOf(
            new Hashtable
            {
                ["PATH"] = "/bin",
                ["WEBSTREAM_API_KEY"] = "key",
                ["WEBSTREAM_URL"] = "",
                ["WEBSTREAM_HOST"] = "127.0.0.1",
                ["WEBSTREAM_PORT"] = "9000",
                ["WEBSTREAM_STATE_DIR"] = "/tmp",
                ["WEBSTREAM_PUBLIC_URL"] = "https://stream.example.org",
            },
            isUsual: true);

        environment.ShouldBe(new Dictionary<string, string>
        {
            ["PATH"] = "/bin",
            ["WEBSTREAM_API_KEY"] = "key",
            ["WEBSTREAM_PUBLIC_URL"] = "https://stream.example.org",
            ["Webstream__IdleExit"] = "00:30:00",
        }, ignoreOrder: true);
    }

    [Fact]
    public void IdleExit_ThatWasChosen_Stays() =>
        GatewayProgram.EnvironmentOf(new Hashtable { ["WEBSTREAM__IDLEEXIT"] = "00:00:00" }, isUsual: true)
            .ShouldHaveSingleItem().Value.ShouldBe("00:00:00");

    [Fact]
    public void StateFolder_ThatWasChosen_IsTheGatewaysToo_ByItsWholePath() =>
        GatewayProgram.EnvironmentOf(new Hashtable { ["WEBSTREAM_STATE_DIR"] = "state" }, isUsual: true, "/home/you/state")["WEBSTREAM_STATE_DIR"]
            .ShouldBe("/home/you/state");

    [Theory]
    [InlineData("PATH", "/bin", "memory")]
    [InlineData("Webstream__Log__Path", "/data/own.db", null)]
    [InlineData("WEBSTREAM__LOG__STORE", "disk", null)]
    public void StateFolder_ThatCannotBeUsed_IsMemory_UnlessAPersonSaidWhere(string name, string value, string? store)
    {
        var environment = GatewayProgram.EnvironmentOf(new Hashtable { ["WEBSTREAM_STATE_DIR"] = "/proc/none", [name] = value }, isUsual: true, "");

        environment.ShouldNotContainKey("WEBSTREAM_STATE_DIR");
        environment.GetValueOrDefault("Webstream__Log__Store").ShouldBe(store);
    }

    [Theory]
    [InlineData("WEBSTREAM_PUBLIC_URL")]
    [InlineData("Webstream__PublicUrl")]
    public void PublicUrl_IsForTheUsualPortAlone(string name) =>
        GatewayProgram.EnvironmentOf(new Hashtable { [name] = "https://stream.example.org" }, isUsual: false)
            .Keys.ShouldBe(["Webstream__IdleExit"]);
}
