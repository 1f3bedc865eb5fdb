using System.Collections.Frozen;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Addresses;

namespace Webstream.Gateway.Tests.Addresses;

/// <summary>Which names and origins are the gateway's own: hosts by settings.</summary>
public sealed class KnownAddressesTests
{
    [Theory]
    // Known by themselves.
    [InlineData("", "", "localhost", true)]
    [InlineData("", "", "LOCALHOST.:8000", true)]
    [InlineData("", "", "127.0.0.1:8000", true)]
    [InlineData("", "", "192.168.1.20", true)]
    [InlineData("", "", "[2001:db8::1]:8000", true)]
    [InlineData("", "", "mybox", true)]
    [InlineData("", "", "MyBox.local:8000", true)]
    [InlineData("", "", "mybox.example.net.", true)]
    // Anybody may point a name here.
    [InlineData("", "", "evil.example", false)]
    [InlineData("", "", "evil.example:8000", false)]
    [InlineData("", "", "mybox.evil.example", false)]
    [InlineData("", "", "localhost.evil.example", false)]
    [InlineData("", "", "127.0.0.1.evil.example", false)]
    [InlineData("", "", "", false)]
    [InlineData("", "", "localhost:evil", false)]
    [InlineData("", "", "[::1].evil.example", false)]
    [InlineData("", "", "xn--\u00fc", false)]
    [InlineData("", "", "xn--a", false)]
    [InlineData("", "", "localhost, evil.example", false)]
    // Named by a person, in whatever spelling.
    [InlineData("stream.example.org", "", "Stream.Example.ORG", true)]
    [InlineData("stream.example.org", "", "stream.example.org.:8443", true)]
    [InlineData("Stream.Example.org.", "", "stream.example.org", true)]
    [InlineData("stream.example.org", "", "sub.stream.example.org", false)]
    [InlineData("b\u00fccher.example", "", "xn--bcher-kva.example", true)]
    [InlineData("b\u00fccher.example", "", "B\u00dcCHER.example", true)]
    [InlineData("xn--bcher-kva.example", "", "b\u00fccher.example:80", true)]
    [InlineData("XN--BCHER-KVA.example", "", "xn--bcher-kva.example", true)]
    // The public address is known without further words.
    [InlineData("", "https://stream.example.org", "stream.example.org", true)]
    [InlineData("", "https://stream.example.org:8443/live", "stream.example.org", true)]
    [InlineData("", "https://b\u00fccher.example", "xn--bcher-kva.example", true)]
    [InlineData("", "https://stream.example.org", "other.example.org", false)]
    public void Host_IsKnown(string hosts, string publicUrl, string host, bool isKnown) =>
        Known(hosts: hosts, publicUrl: publicUrl).IsCalledByKnownName(Request("http", host)).ShouldBe(isKnown);

    [Theory]
    [InlineData("", "http", "192.168.1.20:8000", "http://192.168.1.20:8000", true)]
    [InlineData("", "http", "192.168.1.20", "http://192.168.1.20:80", true)]
    [InlineData("", "http", "MyBox.local.:8000", "http://mybox.local:8000", true)]
    [InlineData("", "http", "mybox.local:8000", "http://mybox.local:9000", false)]
    [InlineData("", "http", "mybox.local:8000", "https://mybox.local:8000", false)]
    [InlineData("", "http", "evil.example", "http://evil.example", false)]
    // As a trusted proxy says.
    [InlineData("", "https", "mybox.local", "https://mybox.local", true)]
    [InlineData("", "https", "mybox.local", "http://mybox.local", false)]
    [InlineData("", "https", "mybox.local:8443", "https://mybox.local:8443", true)]
    // As the person says, however the proxy calls the gateway.
    [InlineData("https://stream.example.org", "http", "127.0.0.1:8000", "https://stream.example.org", true)]
    [InlineData("https://stream.example.org", "http", "stream.example.org", "https://stream.example.org:443", true)]
    [InlineData("https://stream.example.org:443", "http", "stream.example.org", "https://stream.example.org", true)]
    [InlineData("https://stream.example.org:8443/live", "http", "stream.example.org", "https://stream.example.org:8443", true)]
    [InlineData("https://stream.example.org", "http", "127.0.0.1:8000", "https://stream.example.org:8443", false)]
    [InlineData("https://b\u00fccher.example", "http", "127.0.0.1:8000", "https://xn--bcher-kva.example", true)]
    [InlineData("https://stream.example.org", "http", "mybox.local", "https://mybox.local", true)]
    [InlineData("https://stream.example.org", "http", "evil.example", "https://evil.example", false)]
    [InlineData("http://stream.example.org", "http", "mybox.local", "https://mybox.local", false)]
    [InlineData("https://stream.example.org", "http", "stream.example.org", "null", false)]
    [InlineData("https://stream.example.org", "http", "stream.example.org", "https://stream.example.org/", false)]
    public void Origin_IsTheGatewaysOwn(string publicUrl, string scheme, string host, string origin, bool isOwn) =>
        Known(publicUrl: publicUrl).IsOwn(Request(scheme, host), origin).ShouldBe(isOwn);

    [Theory]
    [InlineData("https://app.example", "https://app.example:443", true)]
    [InlineData("https://App.Example:443/", "https://app.example", true)]
    [InlineData("http://a.example:80", "http://a.example", true)]
    [InlineData("https://b\u00fccher.example", "https://xn--bcher-kva.example", true)]
    [InlineData("https://xn--bcher-kva.example", "https://b\u00fccher.example", true)]
    [InlineData("https://a.example , https://b.example.", "https://b.example", true)]
    [InlineData("chrome-extension://abcdefgh", "chrome-extension://abcdefgh", true)]
    [InlineData("https://app.example", "http://app.example", false)]
    [InlineData("https://app.example", "https://app.example:8443", false)]
    [InlineData("https://app.example", "https://app.example.evil", false)]
    [InlineData("", "http://localhost.:3000", true)]
    [InlineData("", "http://[::1]:3000", true)]
    [InlineData("", "http://loopback", false)]
    [InlineData("", "http://127.0.0.1@evil.example", false)]
    [InlineData("", "chrome-extension://localhost", false)]
    [InlineData("", "null", false)]
    public void Origin_IsAllowed(string origins, string origin, bool isAllowed) => Known(origins: origins).IsAllowed(origin).ShouldBe(isAllowed);

    [Theory]
    [InlineData("", "http", "mybox.local:8000", "http://mybox.local:8000/")]
    [InlineData("", "https", "mybox.local", "https://mybox.local/")]
    [InlineData("", "http", "evil.example", "http://localhost:8000/")]
    [InlineData("", "http", "0.0.0.0:8000", "http://localhost:8000/")]
    [InlineData("", "http", "[::]:8000", "http://localhost:8000/")]
    [InlineData("https://stream.example.org/live", "http", "mybox.local:8000", "https://stream.example.org/live/")]
    [InlineData("https://stream.example.org:443", "http", "evil.example", "https://stream.example.org/")]
    public void Address_ThatACallerIsTold(string publicUrl, string scheme, string host, string open) =>
        Known(publicUrl: publicUrl).OpenFor(Request(scheme, host))[0].ToString().ShouldBe(open);

    [Theory]
    [InlineData("https://stream.example.org", "https://stream.example.org")]
    [InlineData("https://stream.example.org:443/", "https://stream.example.org")]
    [InlineData("https://stream.example.org/live", "https://stream.example.org/live/")]
    [InlineData(" http://stream.example.org:8000/live/ ", "http://stream.example.org:8000/live/")]
    public void PublicUrl_IsNamedAsItWorks(string publicUrl, string open) => Known(publicUrl: publicUrl).Open.ShouldBe([open, "http://localhost:8000"]);

    private static KnownAddresses Known(string hosts = "", string origins = "", string publicUrl = "") => new(
        Options.Create(new AddressOptions { AllowedHosts = hosts, AllowedOrigins = origins, PublicUrl = publicUrl }),
        new(FrozenSet.ToFrozenSet(["mybox", "mybox.local", "mybox.example.net"])),
        new ListeningServer(),
        OwnPorts.Unknown);

    private static HttpRequest Request(string scheme, string host)
    {
        var request = new DefaultHttpContext().Request;
        request.Scheme = scheme;
        request.Headers.Host = host;
        return request;
    }

    private sealed class ListeningServer : IServer, IServerAddressesFeature
    {
        public ListeningServer() => Features.Set<IServerAddressesFeature>(this);

        public IFeatureCollection Features { get; } = new FeatureCollection();

        public ICollection<string> Addresses { get; } = ["http://127.0.0.1:8000"];

        public bool PreferHostingUrls { get; set; }

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
        }
    }
}
