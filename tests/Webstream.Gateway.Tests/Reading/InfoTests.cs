using System.Net.Http.Json;
using System.Text.Json;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Reading;

public sealed class InfoTests
{
    [Theory]
    [InlineData("00:00:30", 30)]
    [InlineData("00:02:00", 120)]
    public async Task Info_SaysTheTimeBetweenKeepalives_SoThatClientsKnowHowLongToWait(string keepalive, double seconds)
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Listeners:Keepalive", keepalive));

        var info = await gateway.Client.GetFromJsonAsync<JsonElement>("/api/info", TestContext.Current.CancellationToken);

        info.GetProperty("keepaliveSeconds").GetDouble().ShouldBe(seconds);
    }
}
