using System.Globalization;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Access;

/// <summary>
/// Callers that really are on another machine: in a network namespace, with a wire to this one. Whatever they say of themselves, they are no callers
/// of this machine.
/// </summary>
public sealed class RemoteCallerTests
{
    private const string Key = "the-shared-key-of-the-tests";

    // What a proxy says of the caller, or a caller of itself.
    private static readonly string[] Claims =
    [
        "Forwarded: for=127.0.0.1", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-For: ::1", "X-Forwarded-Host: localhost", "X-Forwarded-Proto: http",
        "X-Forwarded-Port: 80", "X-Forwarded-Prefix: /x", "X-Forwarded-Server: localhost", "X-Real-IP: 127.0.0.1", "Via: 1.1 proxy",
        "CF-Connecting-IP: 127.0.0.1", "X-Original-For: 127.0.0.1", "X-Original-Host: localhost",
    ];

    [Fact]
    public async Task Caller_WithoutAKey_ReadsWhatIsOpenAndPushesNothing()
    {
        await using var network = await TestNetwork.CreateAsync();
        await using var gateway = await TestGateway.StartAsync("http://0.0.0.0:0", null, ("Webstream:ApiKey", Key));
        var port = gateway.Address.Port;
        // What it calls the gateway says nothing about who it is.
        string[] said = ["A: b", $"Host: localhost:{port}", $"Host: 127.0.0.1:{port}", $"Host: [::1]:{port}", "X-API-Key: wrong", .. Claims];

        (await AskAsync(network, gateway, said.Select(Push))).ShouldAllBe(status => status == 401);
        (await AskAsync(network, gateway, said.Select(Tool))).ShouldAllBe(status => status == 403);
        (await AskAsync(network, gateway, said.Select(header => $"-H '{header}' -X DELETE {{0}}/api/streams/main"))).ShouldAllBe(status => status == 401);
        (await AskAsync(network, gateway, said.Select(Read))).ShouldAllBe(status => status == 200);
        (await gateway.Service<GrainWebstream>().DescribeAsync(StreamName.Main, CancellationToken.None)).Head.ShouldBe(EventId.Zero);
    }

    [Fact]
    public async Task Caller_WithTheKey_MayDoWhatItGives()
    {
        await using var network = await TestNetwork.CreateAsync();
        await using var gateway = await TestGateway.StartAsync(
            "http://0.0.0.0:0", null, ("Webstream:ApiKey", Key), ("Webstream:Write", "key"), ("Webstream:Read", "key"));
        string[] right = [$"X-API-Key: {Key}", $"Authorization: Bearer {Key}"];

        (await AskAsync(network, gateway, [.. right.Select(Push), .. right.Select(Tool), .. right.Select(Read)])).ShouldAllBe(status => status == 200);
        (await AskAsync(network, gateway, [Push("A: b"), Read("A: b"), "-H 'A: b' {0}/stream", "-H 'A: b' {0}/metrics"])).ShouldAllBe(status => status == 401);
    }

    [Fact]
    public async Task Caller_BehindATrustedProxy_IsNoCallerOfThisMachineEither()
    {
        await using var network = await TestNetwork.CreateAsync();
        await using var gateway = await TestGateway.StartAsync(
            "http://0.0.0.0:0", null, ("Webstream:ApiKey", Key), ("Webstream:TrustedProxies", network.ClientAddress));

        (await AskAsync(network, gateway, Claims.Select(Push))).ShouldAllBe(status => status == 401);
        (await AskAsync(network, gateway, Claims.Select(claim => $"-H 'X-API-Key: {Key}' {Push(claim)}"))).ShouldAllBe(status => status == 200);
    }

    [Fact]
    public async Task Proxy_OnThisMachine_MakesNobodyACallerOfThisMachine()
    {
        foreach (var proxies in (string[])["", "127.0.0.1"])
        {
            await using var gateway = await TestGateway.StartAsync(("Webstream:ApiKey", Key), ("Webstream:TrustedProxies", proxies));
            foreach (var claim in Claims)
            {
                var (name, value) = (claim.Split(": ")[0], claim.Split(": ")[1]);
                using var answer = await gateway.PushWithAsync("main", (name, value));
                ((int)answer.StatusCode).ShouldBe(401, $"{claim}, trusted: {proxies}");
            }
        }
    }

    private static string Push(string header) => $"-H '{header}' -H 'Content-Type: text/plain' -d text {{0}}/api/push";

    private static string Read(string header) => $"-H '{header}' {{0}}/api/streams";

    private static string Tool(string header) =>
        $"-H '{header}' -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' "
        + """-d '{"jsonrpc":"2.0","id":1,"method":"tools/list"}' """ + "{0}/mcp";

    private static async Task<int[]> AskAsync(TestNetwork network, TestGateway gateway, IEnumerable<string> requests)
    {
        var address = $"http://{network.HostAddress}:{gateway.Address.Port}";
        var lines = requests.Select(request =>
            $"curl -s -o /dev/null -w '%{{http_code}}\\n' --noproxy '*' -m 60 {request.Replace("{0}", address, StringComparison.Ordinal)}").ToArray();
        await using var asking = network.Start(string.Join('\n', lines));
        await asking.ExitAsync();
        var answers = asking.Output.All.Select(line => int.Parse(line, CultureInfo.InvariantCulture)).ToArray();
        answers.Length.ShouldBe(lines.Length, asking.Text);
        return answers;
    }
}
