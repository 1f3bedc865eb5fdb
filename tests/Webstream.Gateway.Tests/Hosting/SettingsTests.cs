using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Webstream.Gateway.Hosting;
using Webstream.ServiceDefaults.Settings;

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
}
