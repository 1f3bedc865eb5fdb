using System.Net;
using Webstream.Gateway.Addresses;

namespace Webstream.Gateway.Tests.Addresses;

/// <summary>Settings that could match nothing are refused, with what to write instead.</summary>
public sealed class AddressSettingsTests
{
    [Theory]
    [InlineData("stream.example.org:8443", "Write the name alone, without scheme, port and path: stream.example.org.")]
    [InlineData("https://stream.example.org", "Write the name alone, without scheme, port and path: stream.example.org.")]
    [InlineData("https://Stream.example.org:8443/live?x", "Write the name alone, without scheme, port and path: stream.example.org.")]
    [InlineData("stream.example.org/live", "Write the name alone, without scheme, port and path: stream.example.org.")]
    [InlineData("[::1]:8000", "Write the name alone, without scheme, port and path: ::1.")]
    [InlineData("8000", "Write the name alone, without scheme, port and path: stream.example.org.")]
    [InlineData(".example.org", "Write the name alone, without scheme, port and path: example.org.")]
    [InlineData("a..example", "Write the name alone, without scheme, port and path: stream.example.org.")]
    [InlineData("a.example,b.example:80", "'b.example:80'")]
    [InlineData("999.1.1.1", "which is not a name")]
    [InlineData("host.1", "which is not a name")]
    [InlineData("-a.example", "which is not a name")]
    [InlineData("a-.example", "which is not a name")]
    [InlineData("a\u202Egro.example", "which is not a name")]
    [InlineData("a\u200Bb.example", "which is not a name")]
    [InlineData("*", "takes no patterns")]
    [InlineData("*.example.org", "takes no patterns")]
    [InlineData("a.example b.example", "Commas separate the entries: a.example,b.example.")]
    [InlineData("a.example;b.example", "Commas separate the entries: a.example,b.example.")]
    [InlineData("a.example; b.example", "Commas separate the entries: a.example,b.example.")]
    [InlineData("a.example|b.example", "Commas separate the entries: a.example,b.example.")]
    public void AllowedHosts_ThatMatchNothing_AreRefused(string text, string says) =>
        Refusal(() => AllowedHosts.Read(text)).ShouldSatisfyAllConditions(
            error => error.ShouldStartWith("Webstream__AllowedHosts has '"), error => error.ShouldContain(says));

    [Theory]
    [InlineData("", 0)]
    [InlineData("a.example", 1)]
    [InlineData(" a.example , b.example, ", 2)]
    [InlineData("A.example,a.example.,a.example", 1)]
    [InlineData("my_box,192.168.1.5,::1,[2001:db8::1],b\u00fccher.example", 5)]
    public void AllowedHosts_ThatAreNames_AreTaken(string text, int count) => AllowedHosts.Read(text).Count.ShouldBe(count);

    [Theory]
    [InlineData("stream.example.org", "without a path: https://stream.example.org.")]
    [InlineData("stream.example.org:8443", "without a path: https://stream.example.org:8443.")]
    [InlineData("https://a.example/path", "without a path: https://a.example.")]
    [InlineData("http://a.example:3000/path/", "without a path: http://a.example:3000.")]
    [InlineData("https://a.example?x", "without a path: https://a.example.")]
    [InlineData("https://a.example//", "without a path: https://a.example.")]
    [InlineData("wss://a.example", "without a path: https://a.example.")]
    [InlineData("file:///tmp/page.html", "without a path: https://app.example.org.")]
    [InlineData("https://", "without a path: https://app.example.org.")]
    [InlineData("https://a.example:0", "without a path: https://app.example.org.")]
    [InlineData("https://999.1.1.1", "without a path: https://app.example.org.")]
    [InlineData("https://-a.example", "without a path: https://app.example.org.")]
    [InlineData("https://a.example:99999", "without a path: https://app.example.org.")]
    [InlineData("https://ann@a.example", "without a path: https://app.example.org.")]
    [InlineData("*", "takes no patterns")]
    [InlineData("https://*.example", "takes no patterns")]
    [InlineData("http://localhost:*", "takes no patterns")]
    [InlineData("null", "every sandboxed page")]
    [InlineData("NULL", "every sandboxed page")]
    [InlineData("https://a.example;https://b.example", "Commas separate the entries: https://a.example,https://b.example.")]
    [InlineData("https://a.example https://b.example", "Commas separate the entries: https://a.example,https://b.example.")]
    public void AllowedOrigins_ThatMatchNothing_AreRefused(string text, string says) =>
        Refusal(() => AllowedOrigins.Read(text)).ShouldSatisfyAllConditions(
            error => error.ShouldStartWith("Webstream__AllowedOrigins has '"), error => error.ShouldContain(says));

    [Theory]
    [InlineData("proxy", "without ports: 10.0.0.5,172.16.0.0/12.")]
    [InlineData("localhost", "without ports: 127.0.0.1,::1.")]
    [InlineData("*", "without ports: 10.0.0.5,172.16.0.0/12.")]
    [InlineData("10.0.0.5:8080", "without ports: 10.0.0.5.")]
    [InlineData("[::1]:8080", "without ports: ::1.")]
    [InlineData("http://10.0.0.5", "without ports")]
    [InlineData("10.0.0.0/33", "The length of a network is a number from 0 to 32: 10.0.0.0/32.")]
    [InlineData("10.0.0.0/", "The length of a network is a number from 0 to 32: 10.0.0.0/32.")]
    [InlineData("fc00::/129", "The length of a network is a number from 0 to 128: fc00::/128.")]
    [InlineData("10.1.2.3/8", "Write 10.0.0.0/8 for the network, or 10.1.2.3 for the one proxy.")]
    [InlineData("10", "without ports")]
    [InlineData("10.0.0.0/8;::1", "Commas separate the entries: 10.0.0.0/8,::1.")]
    public void TrustedProxies_ThatAreNone_AreRefused(string text, string says) =>
        Refusal(() => TrustedProxies.Read(text)).ShouldSatisfyAllConditions(
            error => error.ShouldStartWith("Webstream__TrustedProxies has '"), error => error.ShouldContain(says));

    [Theory]
    [InlineData("", "127.0.0.1", false)]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "127.0.0.2", false)]
    [InlineData("10.0.0.5, 172.16.0.0/12", "172.31.255.255", true)]
    [InlineData("10.0.0.5, 172.16.0.0/12", "172.32.0.0", false)]
    [InlineData("::ffff:10.0.0.5", "10.0.0.5", true)]
    [InlineData("::ffff:10.0.0.0/104", "10.200.0.5", true)]
    [InlineData("fc00::/7", "fd12::1", true)]
    [InlineData("[::1]", "::1", true)]
    [InlineData("0.0.0.0/0", "203.0.113.9", true)]
    public void TrustedProxies_HaveTheirAddresses(string text, string address, bool has) =>
        TrustedProxies.Read(text).Has(IPAddress.Parse(address)).ShouldBe(has);

    [Theory]
    [InlineData("stream.example")]
    [InlineData("ftp://stream.example")]
    [InlineData("https://ann:pw@stream.example")]
    [InlineData("https://stream.example?x=1")]
    [InlineData("https://stream.example#x")]
    [InlineData("https://*.example")]
    [InlineData("http://*:8000")]
    [InlineData("http://0.0.0.0:8000")]
    [InlineData("http://[::]:8000")]
    [InlineData("http://stream.example:0")]
    [InlineData("http://999.1.1.1")]
    [InlineData("http://-a.example")]
    [InlineData("http://a\u202Egro.example")]
    [InlineData("https://a.example,https://b.example")]
    public void PublicUrl_ThatNobodyCanOpen_IsRefused(string text) =>
        Refusal(() => PublicAddress.Read(text)).ShouldStartWith("Webstream__PublicUrl (WEBSTREAM_PUBLIC_URL) is an address that people open");

    private static string Refusal(Action read) => Should.Throw<FormatException>(read).Message;
}
