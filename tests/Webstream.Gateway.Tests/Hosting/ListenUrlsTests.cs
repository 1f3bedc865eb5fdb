using Microsoft.Extensions.DependencyInjection;
using Webstream.Gateway.Hosting;
using Webstream.Gateway.Streams;

namespace Webstream.Gateway.Tests.Hosting;

public sealed class ListenUrlsTests
{
    [Theory]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("http://*:0")]
    [InlineData("https://[::]:0/")]
    [InlineData("http://127.0.0.1:00")]
    [InlineData("http://127.0.0.1:8000; http://127.0.0.1:0 ")]
    public void Port_ThatTheSystemChooses_IsFound(string urls) => ListenUrls.HaveChosenPort(urls).ShouldBeTrue();

    [Theory]
    [InlineData("http://[::0]:8000")]
    [InlineData("http://[fe80::0:1]:8000;http://127.0.0.1:8000")]
    [InlineData("http://127.0.0.1:08000")]
    [InlineData("http://localhost")]
    [InlineData("http://unix:/tmp/webstream:0.sock")]
    [InlineData(";")]
    public void Port_ThatIsNamed_IsNoChosenOne(string urls) => ListenUrls.HaveChosenPort(urls).ShouldBeFalse();

    [Fact]
    public void Name_OfAGatewayOnAnAddressWithZeros_IsTheSameAfterARestart() =>
        NameOn("http://[::0]:8000").ShouldBe(NameOn("http://[::0]:8000"));

    [Fact]
    public void Name_OfAGatewayOnAChosenPort_IsItsOwn() =>
        NameOn("http://127.0.0.1:0").ShouldNotBe(NameOn("http://127.0.0.1:0"));

    private static string NameOn(string urls)
    {
        using var app = GatewayApplication.Build(urls);
        return app.Services.GetRequiredService<GatewayIdentity>().Name;
    }
}
