using Microsoft.Extensions.Configuration;
using Webstream.ServiceDefaults.Settings;

namespace Webstream.ServiceDefaults.Tests.Settings;

public sealed class ListenSettingsTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("urls=", null)]
    [InlineData("urls=http://127.0.0.1:9000", "http://127.0.0.1:9000")]
    [InlineData("URLS=http://127.0.0.1:9000;https://127.0.0.1:9001", "http://127.0.0.1:9000;https://127.0.0.1:9001")]
    [InlineData("http_ports=9000", "http://*:9000")]
    [InlineData("HTTP_PORTS=9000;9001 https_ports=9002", "http://*:9000;http://*:9001;https://*:9002")]
    [InlineData("urls=http://127.0.0.1:9000 http_ports=9001", "http://127.0.0.1:9000")]
    [InlineData("urls=http://127.0.0.1:9000 Kestrel:Endpoints:a:Url=http://127.0.0.1:9003", "http://127.0.0.1:9003")]
    public void Settings_OfTheFramework_SayWhereToListen(string settings, string? urls) =>
        ListenSettings.Of(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(setting => KeyValuePair.Create(setting.Split('=')[0], (string?)setting.Split('=')[1])))
            .Build()).ShouldBe(urls);

    [Fact]
    public void Arguments_ArePartOfTheConfiguration() =>
        ListenSettings.Of(ListenSettings.Read(["--urls", "http://127.0.0.1:9000"])).ShouldBe("http://127.0.0.1:9000");
}
