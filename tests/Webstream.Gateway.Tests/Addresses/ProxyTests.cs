using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Addresses;

/// <summary>A gateway behind the proxies that people use, each as a process of its own.</summary>
public sealed class ProxyTests
{
    private const string Name = "stream.example.org";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Webstream:TrustedProxies", "127.0.0.1", true)]
    [InlineData("Webstream:TrustedProxies", "10.0.0.0/8", false)]
    [InlineData("Webstream:PublicUrl", "https://stream.example.org", true)]
    [InlineData("Webstream:ApiKey", "secret-of-the-tests", false)]
    public async Task Page_BehindAProxyWithTls_IsTheGatewaysOwn(string setting, string value, bool isKnown)
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Write", "open"), ("Webstream:AllowedHosts", Name), (setting, value));
        await using var proxy = await ProxyProgram.CaddyAsync($"reverse_proxy {gateway.Address.Authority}", Name);
        using var client = Client();
        var page = setting == "Webstream:PublicUrl" ? value : proxy.Address.GetLeftPart(UriPartial.Authority);

        using var pushed = await SendAsync(client, new(proxy.Address, "/api/push"), """{"message":"text"}""", ("Origin", page));
        using var read = await SendAsync(client, new(proxy.Address, "/api/streams"), null, ("Origin", page));

        pushed.StatusCode.ShouldBe(isKnown ? HttpStatusCode.OK : HttpStatusCode.Forbidden);
        read.StatusCode.ShouldBe(isKnown ? HttpStatusCode.OK : HttpStatusCode.Forbidden);
        if (!isKnown)
        {
            (await pushed.ProblemAsync(403)).ShouldStartWith(
                $"The gateway does not know that it is reached at '{page}'. Set WEBSTREAM_PUBLIC_URL={page} on it, or Webstream__TrustedProxies");
        }
        else
        {
            (await ToldAsync(client, proxy.Address)).ShouldContain($"Open in a browser: {page}/");
        }
    }

    [Theory]
    [InlineData("https", "https")]
    [InlineData("HTTPS", "https")]
    [InlineData("javascript", "http")]
    [InlineData("wss", "http")]
    public async Task Scheme_OfATrustedProxy_CountsIfItIsOneOfPages(string said, string scheme)
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:TrustedProxies", "127.0.0.1"));

        var document = await gateway.SendAsync(HttpMethod.Get, "/openapi/v1.json", ("X-Forwarded-Proto", said)).OkAsync();

        document.GetProperty("servers")[0].GetProperty("url").GetString().ShouldBe($"{scheme}://{gateway.Address.Authority}/");
    }

    [Fact]
    public async Task Name_ThatNobodyVouchesFor_StaysForeignBehindATrustedProxy()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Write", "open"), ("Webstream:TrustedProxies", "127.0.0.1,::1"));
        await using var proxy = await ProxyProgram.CaddyAsync($"reverse_proxy {gateway.Address.Authority}");
        using var client = Client();

        using var pushed = await SendAsync(client, new(proxy.Address, "/api/push"), """{"message":"text"}""", ("Host", "evil.example"), ("Origin", "http://evil.example"));
        using var read = await SendAsync(client, new(proxy.Address, "/stream?history=1"), null, ("Host", "evil.example"));

        (await pushed.ProblemAsync(403)).ShouldStartWith("The gateway does not know the name 'evil.example'.");
        read.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("", false)]
    public async Task Limit_OfACaller_IsThatOfTheCallerWhomATrustedProxyNames(string proxies, bool areTwo)
    {
        await using var gateway = await TestGateway.StartAsync(
            ("Webstream:Write", "open"), ("Webstream:Push:PerSecond", "1"), ("Webstream:TrustedProxies", proxies));
        await using var proxy = await ProxyProgram.HaproxyAsync("option forwardfor", gateway.Address);
        using var one = Client("127.0.0.5");
        using var other = Client("127.0.0.6");

        // All pushes come together. At one a second not all of them can pass.
        var burst = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => StatusAsync(one, proxy.Address)));
        var first = await StatusAsync(other, proxy.Address);

        burst.ShouldContain(HttpStatusCode.TooManyRequests);
        if (areTwo)
        {
            first.ShouldBe(HttpStatusCode.OK);
        }

        // Whoever writes the header himself is still the one whom the proxy sees.
        var forged = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => StatusAsync(one, proxy.Address, ("X-Forwarded-For", $"203.0.113.{i}"))));
        forged.ShouldContain(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task Caller_WhomATrustedProxyNames_IsNeverLocal()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:TrustedProxies", "127.0.0.1"));
        await using var proxy = await ProxyProgram.HaproxyAsync("option forwardfor", gateway.Address);
        using var client = Client();

        (await StatusAsync(client, proxy.Address)).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusAsync(client, proxy.Address, ("X-Forwarded-For", "127.0.0.1"))).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusAsync(client, gateway.Address, ("X-Forwarded-For", "127.0.0.1"))).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusAsync(client, gateway.Address)).ShouldBe(HttpStatusCode.OK);
    }

    /// <summary>The ways in which proxies publish a gateway below a path.</summary>
    public static TheoryData<string, string, string> Below => new()
    {
        { "nginx", "location /live/ { proxy_pass http://GATEWAY/; proxy_set_header X-Forwarded-Prefix /live; proxy_set_header Host $http_host; }", "http://127.0.0.1:PORT/live/" },
        // Takes "/live" away, and the slash with it or not.
        { "nginx", "location /live { proxy_pass http://GATEWAY/; proxy_set_header X-Forwarded-Prefix /live/; proxy_set_header Host $http_host; }", "http://127.0.0.1:PORT/live/" },
        // Takes nothing away.
        { "nginx", "location /live { proxy_pass http://GATEWAY; proxy_set_header X-Forwarded-Prefix /live; proxy_set_header Host $http_host; }", "http://127.0.0.1:PORT/live/" },
        { "haproxy", "http-request set-header X-Forwarded-Prefix /live\nhttp-request replace-path /live(/)?(.*) /\\2", "http://127.0.0.1:PORT/live/" },
        { "caddy", "handle_path /live/* {\nreverse_proxy GATEWAY {\nheader_up X-Forwarded-Prefix /live\n}\n}", "http://127.0.0.1:PORT/live/" },
    };

    [Theory]
    [MemberData(nameof(Below))]
    public async Task Gateway_BelowAPath_WorksAndKnowsThePath(string program, string configuration, string server)
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Write", "open"), ("Webstream:TrustedProxies", "127.0.0.1"));
        var written = configuration.Replace("GATEWAY", gateway.Address.Authority, StringComparison.Ordinal);
        await using var proxy = await (program switch
        {
            "nginx" => ProxyProgram.NginxAsync(written),
            "haproxy" => ProxyProgram.HaproxyAsync(written, gateway.Address),
            _ => ProxyProgram.CaddyAsync(written),
        });
        using var client = Client();
        var below = new Uri(proxy.Address, "/live/");

        (await StatusAsync(client, below)).ShouldBe(HttpStatusCode.OK);
        (await client.GetStringAsync(below, Stop)).ShouldContain("<html");
        (await client.GetStringAsync(new Uri(below, "dashboard.js"), Stop)).ShouldContain("EventSource");
        await using (var listener = await TestListener.ConnectAsync(new(below, "stream/some"), null))
        {
            listener.Connected.Data.ShouldStartWith("Connected at");
        }

        (await ServerAsync(client, below)).ShouldBe(server.Replace("PORT", $"{proxy.Address.Port}", StringComparison.Ordinal));
        (await ToldAsync(client, below)).ShouldContain($"Open in a browser: {below}");
    }

    [Theory]
    [InlineData("/live", HttpStatusCode.TemporaryRedirect)]
    [InlineData("/live/", HttpStatusCode.OK)]
    [InlineData("/live/api/info", HttpStatusCode.OK)]
    [InlineData("/api/info", HttpStatusCode.OK)]
    [InlineData("//api/info", HttpStatusCode.OK)]
    [InlineData("/livestock", HttpStatusCode.NotFound)]
    [InlineData("/live/live", HttpStatusCode.NotFound)]
    public async Task Path_OfThePublicUrl_IsTheGatewaysOwn(string path, HttpStatusCode status)
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:PublicUrl", "https://stream.example.org/live"));
        using var client = Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{gateway.Address.GetLeftPart(UriPartial.Authority)}{path}"));
        using var answer = await client.SendAsync(request, Stop);

        answer.StatusCode.ShouldBe(status);
        answer.Headers.Location?.ToString().ShouldBe("/live/");
        (await ServerAsync(client, gateway.Address)).ShouldBe("https://stream.example.org/live/");
    }

    // A gateway could not tell such a path from its own.
    [Fact]
    public async Task Path_OfThePublicUrlThatIsAlsoOneOfTheGateway_IsLeftAlone()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:PublicUrl", "https://example.org/stream"));
        await using var listener = await gateway.ListenAsync("/stream/some");

        await gateway.PushAsync("text", "some");

        (await listener.NextAsync()).Data.ShouldEndWith("text");
    }

    private static async Task<string?> ServerAsync(HttpClient client, Uri below)
    {
        using var document = JsonDocument.Parse(await client.GetStringAsync(new Uri(below, "openapi/v1.json"), Stop));
        return document.RootElement.GetProperty("servers").EnumerateArray().ShouldHaveSingleItem().GetProperty("url").GetString();
    }

    private static async Task<string> ToldAsync(HttpClient client, Uri below)
    {
        using var answer = await SendAsync(
            client, new(below, "mcp"),
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"push_stream","arguments":{"message":"text"}}}""");
        return await answer.Content.ReadAsStringAsync(Stop);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, Uri address, params (string, string)[] headers)
    {
        using var answer = await SendAsync(client, new(address, "api/push"), """{"message":"text"}""", headers);
        return answer.StatusCode;
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, Uri address, string? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, address);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        }

        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
    }

    // Whatever the name, it is on this machine; from one of its loopback's addresses; and with a certificate that only Caddy vouches for.
    private static HttpClient Client(string from = "127.0.0.1") => new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        SslOptions = new() { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Issuer.Contains("Caddy", StringComparison.Ordinal) == true },
        ConnectCallback = async (connection, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
            await socket.ConnectAsync(IPAddress.Loopback, connection.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });
}
