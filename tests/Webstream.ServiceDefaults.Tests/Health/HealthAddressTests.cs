using Webstream.ServiceDefaults.Health;

namespace Webstream.ServiceDefaults.Tests.Health;

public sealed class HealthAddressTests
{
    [Theory]
    [InlineData("http://0.0.0.0:8000", "http://127.0.0.1:8000/health/ready")]
    [InlineData("http://*:8000", "http://127.0.0.1:8000/health/ready")]
    [InlineData("http://+:8000", "http://127.0.0.1:8000/health/ready")]
    [InlineData("http://silo:8081", "http://127.0.0.1:8081/health/ready")]
    [InlineData("http://localhost:8000", "http://127.0.0.1:8000/health/ready")]
    [InlineData("http://[::]:8000", "http://[::1]:8000/health/ready")]
    [InlineData("http://[::1]:8000/", "http://[::1]:8000/health/ready")]
    [InlineData("http://192.0.2.7", "http://192.0.2.7/health/ready")]
    [InlineData("https://0.0.0.0:8443", "https://127.0.0.1:8443/health/ready")]
    [InlineData("https://0.0.0.0:8443;http://127.0.0.1:8000", "http://127.0.0.1:8000/health/ready")]
    [InlineData("http://0.0.0.0:0;http://0.0.0.0:8000", "http://127.0.0.1:8000/health/ready")]
    [InlineData("http://127.0.0.1:0", null)]
    [InlineData("nonsense", null)]
    [InlineData("", null)]
    public void Process_ThatListensThere_IsAskedThere(string urls, string? asked) =>
        (HealthAddress.OfThisMachine(urls)?.Url.ToString()).ShouldBe(asked);

    [Fact]
    public void SocketFile_IsConnectedTo() =>
        HealthAddress.OfThisMachine("http://unix:/run/webstream.sock").ShouldNotBeNull().SocketFile.ShouldBe("/run/webstream.sock");

    [Theory]
    [InlineData("http://127.0.0.1:8000", "http://127.0.0.1:8000/health/ready", true)]
    [InlineData("https://localhost:8443/", "https://localhost:8443/health/ready", true)]
    [InlineData("http://127.0.0.1:8000/health", "http://127.0.0.1:8000/health/ready", true)]
    [InlineData("http://127.0.0.1:8000/health/", "http://127.0.0.1:8000/health/ready", true)]
    [InlineData("http://0.0.0.0:8000", "http://127.0.0.1:8000/health/ready", true)]
    [InlineData("http://[::]:8000/health/write", "http://[::1]:8000/health/write", true)]
    [InlineData("https://stream.example.org/live/", "https://stream.example.org/live/health/ready", false)]
    [InlineData("https://stream.example.org/live", "https://stream.example.org/live/health/ready", false)]
    [InlineData("http://127.0.0.1:8000/health/write", "http://127.0.0.1:8000/health/write", true)]
    [InlineData("http://127.0.0.1:8000/live/health/live", "http://127.0.0.1:8000/live/health/live", true)]
    public void Address_ThatAPersonWrote_IsOfTheEndpointOrOfTheProcess(string text, string asked, bool isOwn)
    {
        HealthAddress.TryParse(text, out var address).ShouldBeTrue();

        (address!.Url.ToString(), address.IsOwn).ShouldBe((asked, isOwn));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("ftp://127.0.0.1/")]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("")]
    public void Text_ThatIsNoAddress_IsNone(string text) => HealthAddress.TryParse(text, out _).ShouldBeFalse();
}
