using System.Text.Json;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Clients;

[Collection(ClientTests.Name)]
public sealed class PushPyTests
{
    private static readonly (string, string)[] KeyNeeded = [("Webstream:Write", "key"), ("Webstream:ApiKey", "open-sesame-please")];

    [Fact]
    public async Task PushPy_OfAMessage_PushesItAndPrintsTheReceipt()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var listener = await gateway.ListenAsync("/stream/builds?format=json");
        await using var push = ClientPrograms.PushPy(gateway.Address, ["Grüße 👋\nzwei", "--stream", "builds", "--event", "done"]);

        var receipt = await push.LineAsync();
        var message = JsonDocument.Parse((await listener.NextAsync()).Data).RootElement;

        receipt.ShouldBe($"pushed {message.GetProperty("id").GetString()} to 1 client on 1 gateway");
        message.GetProperty("message").GetString().ShouldBe("Grüße 👋\nzwei");
        message.GetProperty("event").GetString().ShouldBe("done");
        (await push.ExitAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task PushPy_WithTheKey_MayPushWhereAKeyIsNeeded()
    {
        await using var gateway = await TestGateway.StartAsync(KeyNeeded);
        await using var push = ClientPrograms.PushPy(gateway.Address, ["hello"], key: "open-sesame-please");

        (await push.LineAsync()).ShouldMatch("^pushed [0-9a-f]+-1 to 0 clients on 0 gateways$");
        (await push.ExitAsync()).ShouldBe(0);
    }

    [Theory]
    [InlineData(null, "Pushing needs a key here")]
    [InlineData("wrong", "The key is wrong")]
    public async Task PushPy_WithoutTheKey_SaysWhatTheGatewayAsksForAndDoesNotTryAgain(string? key, string reason)
    {
        await using var gateway = await TestGateway.StartAsync(KeyNeeded);
        await using var push = ClientPrograms.PushPy(gateway.Address, ["hello"], key);

        var line = await push.ErrorLineAsync();

        line.ShouldStartWith("push.py: 401 ");
        line.ShouldContain(reason);
        (await push.ExitAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task PushPy_BehindAProxyWithALogin_SendsThatLoginAndTheKey()
    {
        await using var proxy = await LoginProxy.StartAsync("ann:p@w:ü", key: "open-sesame-please");
        await using var push = ClientPrograms.PushPy(proxy.WithLogin("ann:p%40w%3A%C3%BC"), ["hello"], key: "open-sesame-please");

        (await push.LineAsync()).ShouldStartWith("pushed ");
        (await push.ExitAsync()).ShouldBe(0);
    }

    [Theory]
    [InlineData(null, "asks for its own login, not for the key")]
    [InlineData("ann:bad", "does not accept the user and password in the address")]
    public async Task PushPy_ThatAProxyRefuses_SaysThatItIsTheProxy(string? login, string reason)
    {
        await using var proxy = await LoginProxy.StartAsync("ann:pw", key: "open-sesame-please");
        var address = login is null ? proxy.Address : proxy.WithLogin(login);
        await using var push = ClientPrograms.PushPy(address, ["hello"], key: "open-sesame-please");
        await using var listener = ClientPrograms.PushPy(address, ["--listen"], key: "open-sesame-please");

        foreach (var program in new[] { push, listener })
        {
            var line = await program.ErrorLineAsync();
            line.ShouldContain("401 a proxy before the hub");
            line.ShouldEndWith(login is null ? $"{reason}: write it as https://user:password@host/" : reason);
            line.ShouldNotContain("bad");
            (await program.ExitAsync()).ShouldBe(1);
        }
    }

    [Fact]
    public async Task PushPyListen_BehindAProxyWithALogin_Listens()
    {
        await using var proxy = await LoginProxy.StartAsync("ann:pw", key: "open-sesame-please");
        await using var listener = ClientPrograms.PushPy(proxy.WithLogin("ann:pw"), ["--listen"]);

        (await listener.LineAsync()).ShouldStartWith("Connected at ");
    }

    [Fact]
    public async Task PushPy_WhenThePushWentInButItsAnswerWas503_SendsTheSameKeyAgainAndDoublesNothing()
    {
        var lost = new LostAnswers(count: 2);
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:0", lost.AddTo);
        await using var listener = await gateway.ListenAsync();
        await using var push = ClientPrograms.PushPy(gateway.Address, ["once"]);

        var id = (await listener.NextAsync()).EventId;
        (await push.ErrorLineAsync()).ShouldContain("trying again");
        (await push.LineAsync()).ShouldBe($"was already pushed: {id} to 1 client on 1 gateway");
        (await push.ExitAsync()).ShouldBe(0);

        lost.Keys.Count.ShouldBe(3);
        lost.Keys.Distinct().Count().ShouldBe(1);
        await gateway.PushAsync("next");
        (await listener.NextAsync()).Data.ShouldEndWith("] next");
    }

    [Fact]
    public async Task PushPy_WhenEveryAnswerIs503_GivesUpWithTheKeyToTryAgain()
    {
        var lost = new LostAnswers(count: int.MaxValue);
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:0", lost.AddTo);
        await using var push = ClientPrograms.PushPy(gateway.Address, ["once"]);

        (await push.ErrorLineAsync("push.py: 503")).ShouldEndWith($"--idempotency-key {lost.Keys.First()}");
        (await push.ExitAsync()).ShouldBe(1);
        lost.Keys.Count.ShouldBe(5);
    }

    [Fact]
    public async Task PushPyListen_OfPushedMessages_PrintsThem()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var listener = ClientPrograms.PushPy(gateway.Address, ["--listen", "--stream", "builds"]);
        (await listener.LineAsync()).ShouldStartWith("Connected at ");

        await gateway.PushAsync("not for builds");
        await gateway.PushAsync("Grüße\nid: 7\n\nzwei", "builds");

        (await listener.LineAsync()).ShouldEndWith("] Grüße");
        (await listener.LineAsync()).ShouldBe("id: 7");
        (await listener.LineAsync()).ShouldBe("");
        (await listener.LineAsync()).ShouldBe("zwei");
    }

    [Fact]
    public async Task PushPyListen_CutOffByTheGatewaysSide_ResumesById()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Listeners:Retry", "00:00:00.1"));
        await using var relay = new Relay(gateway.Address);
        await using var listener = ClientPrograms.PushPy(relay.Address, ["--listen"]);
        await listener.LineAsync();
        await gateway.PushAsync("before");
        (await listener.LineAsync()).ShouldEndWith("] before");

        relay.Cut();
        await listener.ErrorLineAsync("reconnecting in ");
        await gateway.PushAsync("meanwhile");
        relay.Restore();

        (await listener.LineAsync()).ShouldStartWith("Connected at ");
        (await listener.LineAsync()).ShouldEndWith("] meanwhile");
        (await listener.ErrorLineAsync("resume: ")).ShouldContain("\"recovered\"");
    }

    [Fact]
    public async Task PushPyListen_EndedBySigterm_SaysTheIdThatTheNextRunStartsAfter()
    {
        await using var gateway = await TestGateway.StartAsync();
        string id;
        await using (var first = ClientPrograms.PushPy(gateway.Address, ["--listen"]))
        {
            await first.LineAsync();
            id = (await gateway.PushAsync("seen")).GetProperty("id").GetString()!;
            (await first.LineAsync()).ShouldEndWith("] seen");
            first.Terminate();
            (await first.ErrorLineAsync()).ShouldBe($"last event id: {id}");
            (await first.ExitAsync()).ShouldBe(0);
        }

        await gateway.PushAsync("missed");
        await using var second = ClientPrograms.PushPy(gateway.Address, ["--listen", "--last-event-id", id]);

        (await second.LineAsync()).ShouldStartWith("Connected at ");
        (await second.LineAsync()).ShouldEndWith("] missed");
    }
}
