using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Clients;

[Collection(ClientTests.Name)]
public sealed class ListenJsTests(ClientPrograms programs)
{
    [Fact]
    public async Task ListenJs_OfPushedMessages_PrintsThem()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var listener = await programs.ListenJsAsync(new Uri(gateway.Address, "/stream/builds").ToString());
        (await listener.LineAsync()).ShouldStartWith("Connected at ");

        await gateway.PushAsync("not for builds");
        var answer = await gateway.PushAsync("two\nlines", "builds");

        answer.GetProperty("clients").GetInt32().ShouldBe(1);
        (await listener.LineAsync()).ShouldBe($"[{answer.GetProperty("timestamp").GetString()}] two");
        (await listener.LineAsync()).ShouldBe("lines");
    }

    [Fact]
    public async Task ListenJs_CutOffByTheGatewaysSide_ResumesById()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Listeners:Retry", "00:00:00.1"));
        await using var relay = new Relay(gateway.Address);
        await using var listener = await programs.ListenJsAsync(new Uri(relay.Address, "/stream").ToString());
        await listener.LineAsync();
        await gateway.PushAsync("before");
        (await listener.LineAsync()).ShouldEndWith("] before");

        relay.Cut();
        await listener.ErrorLineAsync("reconnecting: ");
        await gateway.PushAsync("meanwhile 1");
        await gateway.PushAsync("meanwhile 2");
        relay.Restore();

        (await listener.LineAsync()).ShouldStartWith("Connected at ");
        (await listener.LineAsync()).ShouldEndWith("] meanwhile 1");
        (await listener.LineAsync()).ShouldEndWith("] meanwhile 2");
        (await listener.ErrorLineAsync("resume: ")).ShouldContain("\"recovered\"");
    }

    [Fact]
    public async Task ListenJs_EndedBySigterm_SaysTheIdThatTheNextRunStartsAfter()
    {
        await using var gateway = await TestGateway.StartAsync();
        var address = new Uri(gateway.Address, "/stream").ToString();
        string id;
        await using (var first = await programs.ListenJsAsync(address))
        {
            await first.LineAsync();
            id = (await gateway.PushAsync("seen")).GetProperty("id").GetString()!;
            (await first.LineAsync()).ShouldEndWith("] seen");
            first.Terminate();
            (await first.ErrorLineAsync()).ShouldBe($"last event id: {id}");
            (await first.ExitAsync()).ShouldBe(0);
        }

        await gateway.PushAsync("missed");
        await using var second = await programs.ListenJsAsync(address, "--last-event-id", id);

        (await second.LineAsync()).ShouldStartWith("Connected at ");
        (await second.LineAsync()).ShouldEndWith("] missed");
        (await second.ErrorLineAsync("resume: ")).ShouldContain("\"replayed\":1");
    }

    [Fact]
    public async Task ListenJs_BehindAProxyWithALogin_Listens()
    {
        await using var proxy = await LoginProxy.StartAsync("ann:p@w:ü", key: "open-sesame-please");
        await using var listener = await programs.ListenJsAsync(new Uri(proxy.WithLogin("ann:p%40w%3A%C3%BC"), "/stream").AbsoluteUri);

        (await listener.LineAsync()).ShouldStartWith("Connected at ");
    }

    [Theory]
    [InlineData(null, "asks for its own login, not for the key")]
    [InlineData("ann:bad", "does not accept the user and password in the address")]
    public async Task ListenJs_ThatAProxyRefuses_SaysThatItIsTheProxy(string? login, string reason)
    {
        await using var proxy = await LoginProxy.StartAsync("ann:pw", key: "open-sesame-please");
        await using var listener = await programs.ListenJsAsync(new Uri(login is null ? proxy.Address : proxy.WithLogin(login), "/stream").ToString());

        var line = await listener.ErrorLineAsync();
        line.ShouldContain($"401, a proxy before the hub {reason}");
        line.ShouldNotContain("bad");
        (await listener.ExitAsync()).ShouldBe(1);
    }

    [Theory]
    [InlineData("ftp://localhost/stream")]
    [InlineData("--no-such-option")]
    public async Task ListenJs_CalledWrongly_SaysHowToCallIt(string argument)
    {
        await using var listener = await programs.ListenJsAsync(argument);

        await listener.ErrorLineAsync("usage: node listen.js");
        (await listener.ExitAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task ListenJs_AtAnAddressThatIsNoStream_GivesUp()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var listener = await programs.ListenJsAsync(new Uri(gateway.Address, "/nothing").ToString());

        (await listener.ErrorLineAsync()).ShouldContain("404");
        (await listener.ExitAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task ListenJs_OfAStreamThatIsClosed_EndsThenAndAtOnceTheNextTime()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:ApiKey", "secret-of-the-tests"));
        var address = new Uri(gateway.Address, "/stream/builds").ToString();
        await using var first = await programs.ListenJsAsync(address);
        await first.LineAsync();
        var end = (await gateway.SendAsync(HttpMethod.Post, "/api/streams/builds/close", ("X-API-Key", "secret-of-the-tests")).OkAsync()).GetProperty("id").GetString();

        (await first.ErrorLineAsync()).ShouldBe("the stream has ended");
        (await first.ErrorLineAsync()).ShouldBe($"last event id: {end}");
        (await first.ExitAsync()).ShouldBe(0);
        await using var again = await programs.ListenJsAsync($"{address}", "--last-event-id", end!);
        (await again.ErrorLineAsync()).ShouldBe("the stream has ended");
        (await again.ExitAsync()).ShouldBe(0);
    }
}
