using System.Net;
using System.Net.Security;
using System.Net.ServerSentEvents;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Webstream.Gateway.Memory;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Listening;

public sealed class SecureListeningTests
{
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Stream_OverTls_ReplaysAndFollows(string version)
    {
        using var certificate = Certificate();
        await using var gateway = await StartAsync(certificate);
        var head = await gateway.PushManyAsync(1000, "tls");
        await using var listener = await TestListener.ConnectAsync(
            new(gateway.Address, "/stream/tls?history=900"), handler: HandlerFor(certificate), version: Version.Parse(version));
        listener.Response.Version.ShouldBe(Version.Parse(version));

        await gateway.PushManyAsync(100, "tls");

        (await listener.TakeAsync(1000)).Select(m => m.EventId).ShouldBe(Enumerable.Range(101, 1000).Select(i => $"{head.Epoch:x}-{i}"));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Stream_OverTls_HasTheBytesOfPlainHttp(string version)
    {
        using var certificate = Certificate();
        await using var gateway = await StartAsync(certificate);
        await gateway.PushManyAsync(2, "bytes");
        using var handler = HandlerFor(certificate);
        using var client = Client(gateway, handler, Version.Parse(version));
        using var reader = new StreamReader(
            await client.GetStreamAsync(new Uri("/stream/bytes?history=1", UriKind.Relative), TestContext.Current.CancellationToken));

        var lines = new List<string>();
        while (lines.Count < 2 || !lines[^2].EndsWith("-2", StringComparison.Ordinal))
        {
            lines.Add((await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).ShouldNotBeNull());
        }

        string.Join('\n', lines).ShouldMatch(
            @"\Aretry: 2000\nevent: cut\n\n(: waiting for the cluster\n)?data: Connected at \S{32}\nid: \S+-1\n\ndata: \[\S{32}\] 2\nid: \S+-2\n\z");
    }

    [Fact]
    public async Task Streams_ManyOverOneHttp2Connection_EachReceiveEverything()
    {
        using var certificate = Certificate();
        await using var gateway = await StartAsync(certificate);
        var connections = 0;
        using var handler = HandlerFor(certificate);
        handler.ConnectCallback = async (context, cancellation) =>
        {
            Interlocked.Increment(ref connections);
            var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
        };
        using var client = Client(gateway, handler, HttpVersion.Version20);
        var bodies = new List<Stream>();
        var streams = new List<IAsyncEnumerator<SseItem<string>>>();
        for (var i = 0; i < 60; i++)
        {
            var body = await client.GetStreamAsync(new Uri("/stream/many", UriKind.Relative), TestContext.Current.CancellationToken);
            bodies.Add(body);
            streams.Add(SseParser.Create(body).EnumerateAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken));
            (await streams[^1].MoveNextAsync()).ShouldBeTrue();
        }

        (await gateway.ClientsAsync("many")).ShouldBe(60);
        await gateway.PushManyAsync(100, "many");

        await Task.WhenAll(streams.Select(async items =>
        {
            for (var sequence = 1; sequence <= 100; sequence++)
            {
                (await items.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30))).ShouldBeTrue();
                items.Current.EventId.ShouldEndWith($"-{sequence}");
            }
        }));
        connections.ShouldBe(1);
        bodies.ForEach(body => body.Dispose());
        await Until.TrueAsync(async () => await gateway.ClientsAsync("many") == 0);
    }

    [Fact]
    public async Task Stream_OverHttp2OfAGatewayThatStops_IsRefusedSuchThatItMayBeAskedForAgain()
    {
        using var certificate = Certificate();
        await using var gateway = await StartAsync(certificate);
        using var handler = HandlerFor(certificate);
        using var client = Client(gateway, handler, HttpVersion.Version20);
        await client.GetStringAsync(new Uri("/health/live", UriKind.Relative), TestContext.Current.CancellationToken);

        gateway.Service<IHostApplicationLifetime>().StopApplication();

        var refused = await Should.ThrowAsync<HttpRequestException>(
            () => client.GetAsync(new Uri("/stream", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken));
        // REFUSED_STREAM: RFC 9113, section 7.
        refused.GetBaseException().ShouldBeOfType<HttpProtocolException>().ErrorCode.ShouldBe(7);
    }

    private static HttpClient Client(TestGateway gateway, SocketsHttpHandler handler, Version version) => new(handler, disposeHandler: false)
    {
        BaseAddress = gateway.Address,
        DefaultRequestVersion = version,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private static SocketsHttpHandler HandlerFor(X509Certificate2 certificate) => new()
    {
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate.GetCertHashString() },
    };

    private static Task<TestGateway> StartAsync(X509Certificate2 certificate) => TestGateway.StartAsync("https://127.0.0.1:0", builder =>
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate)));

    internal static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
