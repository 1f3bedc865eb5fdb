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

    [Theory]
    [InlineData("WEBSTREAM_PUBLIC_URL")]
    [InlineData("Webstream__PublicUrl")]
    public void PublicUrl_IsForTheUsualPortAlone(string name) =>
        GatewayProgram.EnvironmentOf(new Hashtable { [name] = "https://stream.example.org" }, isUsual: false)
            .Keys.ShouldBe(["Webstream__IdleExit"]);
}
