using Webstream.Mcp.Gateways;
using Webstream.Protocol;

namespace Webstream.Mcp.Tests.Gateways;

public sealed class HostCeilingTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", "127.0.0.1", false)]
    [InlineData("127.0.0.1", "localhost", "localhost", false)]
    [InlineData("127.0.0.1", "0.0.0.0", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "*", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "::", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "192.168.1.5", "127.0.0.1", true)]
    [InlineData("192.168.1.5", "192.168.1.5", "192.168.1.5", false)]
    [InlineData("192.168.1.5", "192.168.1.6", "192.168.1.5", true)]
    [InlineData("192.168.1.5", "0.0.0.0", "192.168.1.5", true)]
    [InlineData("192.168.1.5", "127.0.0.1", "127.0.0.1", false)]
    [InlineData("0.0.0.0", "192.168.1.5", "192.168.1.5", false)]
    [InlineData("0.0.0.0", "0.0.0.0", "0.0.0.0", false)]
    [InlineData("0.0.0.0", "", "0.0.0.0", false)]
    [InlineData("127.0.0.1", null, "127.0.0.1", false)]
    public void Choice_IsNeverWiderThanThePersons(string chosen, string? asked, string expected, bool noted)
    {
        var (host, note) = new HostCeiling(Host(chosen)).Choose(asked);

        host.Text.ShouldBe(expected);
        (note is not null).ShouldBe(noted);
    }

    [Theory]
    [InlineData("example.org")]
    [InlineData("http://127.0.0.1")]
    [InlineData("8000")]
    [InlineData("127.1")]
    [InlineData("127.0.0.1;http://0.0.0.0:8000")]
    public void Choice_OfAName_IsRefused(string asked) =>
        Should.Throw<WebstreamException>(() => new HostCeiling(Host("0.0.0.0")).Choose(asked)).Error.ShouldBe(WebstreamError.Invalid);

    [Theory]
    [InlineData("0.0.0.0", "http://0.0.0.0:8000")]
    [InlineData("[::]", "http://[::]:8000")]
    [InlineData("127.0.0.1", "http://127.0.0.1:8000")]
    [InlineData("localhost", "http://localhost:8000")]
    [InlineData("::1", "http://[::1]:8000;http://127.0.0.1:8000")]
    [InlineData("192.168.1.5", "http://192.168.1.5:8000;http://127.0.0.1:8000")]
    public void Urls_AlwaysIncludeLoopback(string host, string urls) => Host(host).Urls(8000).ShouldBe(urls);

    private static ListenHost Host(string text) => ListenHost.TryParse(text, out var host) ? host : throw new FormatException(text);
}
