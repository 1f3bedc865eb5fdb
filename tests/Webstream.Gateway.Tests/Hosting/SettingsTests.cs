using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Hosting;
using Webstream.ServiceDefaults.Settings;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>The settings that the gateway registers, and the list of settings. The silo's tests cover the silo's settings.</summary>
public sealed class SettingsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1:30000")]
    public async Task Gateway_WithASiloOrWithout_RegistersWhatIsListed(string silos)
    {
        await using var app = GatewayApplication.Build(
            "http://127.0.0.1:0", builder => builder.Configuration.AddInMemoryCollection([new("Webstream:Cluster:Silos", silos)]));

        app.Services.GetServices<SettingsSection>().SelectMany(section => section.SettingNames).Order(StringComparer.Ordinal).ShouldBe(KnownSettings.Names);
    }

    [Theory]
    [InlineData("SiloPort", "tcp://10.43.0.12:11111", "")]
    [InlineData("GatewayPort", "many", "127.0.0.1:30000")]
    [InlineData("EmbedSilo", "maybe", "")]
    [InlineData("Name", "no name", "")]
    [InlineData("AdvertisedAddress", "nowhere", "127.0.0.1:30000")]
    [InlineData("RedisPassword", "${PASSWORD}", "")]
    public async Task Setting_ThatThisGatewayDoesNotUse_IsNotJudged(string name, string value, string silos)
    {
        await using var app = GatewayApplication.Build("http://127.0.0.1:0", builder => builder.Configuration.AddInMemoryCollection(
            [new("Webstream:Cluster:Silos", silos), new($"Webstream:Cluster:{name}", value)]));

        Should.NotThrow(app.Services.GetRequiredService<IStartupValidator>().Validate);
    }

    [Theory]
    [InlineData("SiloPort", "many", true)]
    [InlineData("Silos", "nowhere", false)]
    public void Setting_ThatAGatewayInTheClusterUses_IsJudged(string name, string value, bool isSilo) =>
        Should.Throw<StartRefusedException>(() => GatewayApplication.Build("http://127.0.0.1:0", builder => builder.Configuration.AddInMemoryCollection(
            [new("Webstream:Cluster:Redis", isSilo ? "127.0.0.1:1" : ""), new("Webstream:Cluster:EmbedSilo", $"{isSilo}"), new($"Webstream:Cluster:{name}", value)])))
            .Message.ShouldStartWith($"Webstream__Cluster__{name} ");
}
