using System.Text.Json;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Listening;

public sealed class ResumeTests
{
    [Fact]
    public async Task Resume_WithinTheWindow_IsRecoveredAndKeepsItsOwnId()
    {
        await using var gateway = await TestGateway.StartAsync();
        var head = await gateway.PushManyAsync(10, "s");
        await using var listener = await gateway.ListenAsync("/stream/s", $"{head.Epoch:x}-4");

        listener.Connected.EventId.ShouldBe($"{head.Epoch:x}-4");
        (await VerdictAsync(listener)).ShouldBe(new(ResumeStatus.Recovered, head with { Sequence = 4 }, head, 6));
        listener.LastEventId.ShouldBe($"{head.Epoch:x}-4");
        await ExpectAsync(listener, head.Epoch, 5, 10);
        await gateway.PushManyAsync(1, "s");
        await ExpectAsync(listener, head.Epoch, 11, 11);
    }

    [Fact]
    public async Task Resume_AtTheHead_IsRecoveredWithNothing()
    {
        await using var gateway = await TestGateway.StartAsync();
        var head = await gateway.PushManyAsync(3, "s");
        await using var listener = await gateway.ListenAsync("/stream/s", head.ToString());

        (await VerdictAsync(listener)).ShouldBe(new(ResumeStatus.Recovered, head, head, 0));
        await gateway.PushManyAsync(1, "s");
        await ExpectAsync(listener, head.Epoch, 4, 4);
    }

    [Fact]
    public async Task Resume_FromBeforeTheWindow_IsAGapWithTheExactNumberMissed()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Log:RetainedMessages", "20"));
        var head = await gateway.PushManyAsync(100, "s");
        await using var listener = await gateway.ListenAsync("/stream/s", $"{head.Epoch:x}-7");

        listener.Connected.EventId.ShouldBe($"{head.Epoch:x}-80");
        (await VerdictAsync(listener)).ShouldBe(new(ResumeStatus.Gap, head with { Sequence = 7 }, head, 20, 73));
        await ExpectAsync(listener, head.Epoch, 81, 100);
    }

    [Fact]
    public async Task Resume_FromAnotherEpoch_IsAResetAndReplaysWhatIsRetained()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Log:RetainedMessages", "20"));
        var head = await gateway.PushManyAsync(100, "s");
        await using var listener = await gateway.ListenAsync("/stream/s", "abc-90");

        listener.Connected.EventId.ShouldBe($"{head.Epoch:x}-80");
        (await VerdictAsync(listener)).ShouldBe(new(ResumeStatus.Reset, new(0xabc, 90), head, 20));
        await ExpectAsync(listener, head.Epoch, 81, 100);
    }

    [Fact]
    public async Task Resume_FromAheadOfTheHead_IsAReset()
    {
        await using var gateway = await TestGateway.StartAsync();
        var head = await gateway.PushManyAsync(3, "s");
        await using var listener = await gateway.ListenAsync("/stream/s", $"{head.Epoch:x}-9");

        (await VerdictAsync(listener)).ShouldBe(new(ResumeStatus.Reset, head with { Sequence = 9 }, head, 3));
        await ExpectAsync(listener, head.Epoch, 1, 3);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("0-5")]
    [InlineData("ABC-1")]
    [InlineData("abc-01")]
    [InlineData("abc--1")]
    public async Task Resume_WithAMalformedId_IsAResetAndReplaysNothing(string id)
    {
        await using var gateway = await TestGateway.StartAsync();
        var head = await gateway.PushManyAsync(3, "s");
        await using var listener = await gateway.ListenAsync("/stream/s", id);

        listener.Connected.EventId.ShouldBe(head.ToString());
        (await VerdictAsync(listener)).ShouldBe(new(ResumeStatus.Reset, null, head, 0));
        await gateway.PushManyAsync(1, "s");
        await ExpectAsync(listener, head.Epoch, 4, 4);
    }

    [Fact]
    public async Task Resume_FromBeforeTheFirstMessage_ReplaysAllThereIs()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var early = await gateway.ListenAsync("/stream/s");
        early.Connected.EventId.ShouldBe("0-0");
        var head = await gateway.PushManyAsync(5, "s");
        await using var listener = await gateway.ListenAsync("/stream/s", "0-0");

        (await VerdictAsync(listener)).ShouldBe(new(ResumeStatus.Recovered, EventId.Zero, head, 5));
        await ExpectAsync(listener, head.Epoch, 1, 5);
        await ExpectAsync(early, head.Epoch, 1, 5);
    }

    [Fact]
    public async Task Resume_OfAStreamThatIsStillEmpty_IsRecoveredAndGetsTheFirstMessage()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var listener = await gateway.ListenAsync("/stream/s", "0-0");

        (await VerdictAsync(listener)).ShouldBe(new(ResumeStatus.Recovered, EventId.Zero, EventId.Zero, 0));
        var head = await gateway.PushManyAsync(2, "s");
        await ExpectAsync(listener, head.Epoch, 1, 2);
    }

    [Fact]
    public async Task Id_InTheHeader_WinsOverTheQuery()
    {
        await using var gateway = await TestGateway.StartAsync();
        var head = await gateway.PushManyAsync(5, "s");
        await using var both = await gateway.ListenAsync($"/stream/s?lastEventId={head.Epoch:x}-1", $"{head.Epoch:x}-3");
        await using var query = await gateway.ListenAsync($"/stream/s?lastEventId={head.Epoch:x}-1");

        both.Connected.EventId.ShouldBe($"{head.Epoch:x}-3");
        query.Connected.EventId.ShouldBe($"{head.Epoch:x}-1");
    }

    [Theory]
    [InlineData("Last-Event-ID: {0}\r\nLast-Event-ID: {0}")]
    [InlineData("Last-Event-ID: {0}, {0}")]
    [InlineData("last-event-id:  {0},{0} , {0} ")]
    [InlineData("Last-Event-ID:\r\nLast-Event-ID: {0}")]
    public async Task Id_SentTwice_CountsOnce(string headers)
    {
        await using var gateway = await TestGateway.StartAsync();
        var head = await gateway.PushManyAsync(5, "s");
        using var connection = await ListenRawAsync(gateway, "/stream/s", headers.Replace("{0}", $"{head.Epoch:x}-3", StringComparison.Ordinal));

        (await connection.UntilAsync($"id: {head.Epoch:x}-5")).ShouldContain("{\"status\":\"recovered\"");
    }

    [Fact]
    public async Task Id_TwiceInTheQuery_CountsOnce()
    {
        await using var gateway = await TestGateway.StartAsync();
        var head = await gateway.PushManyAsync(5, "s");
        await using var listener = await gateway.ListenAsync($"/stream/s?lastEventId={head.Epoch:x}-3&lastEventId={head.Epoch:x}-3");

        (await VerdictAsync(listener)).Status.ShouldBe(ResumeStatus.Recovered);
    }

    [Theory]
    [InlineData("Last-Event-ID: caf\u00e9")]
    [InlineData("Last-Event-ID: \u00ff\u00fe")]
    [InlineData("last-event-id: \u00c3")]
    [InlineData("Last-Event-ID: 1-1, 1-2")]
    public async Task Id_OfBytesThatAreNoText_IsAResetAndNoRefusal(string header)
    {
        await using var gateway = await TestGateway.StartAsync();
        await gateway.PushManyAsync(2, "s");
        using var connection = await ListenRawAsync(gateway, "/stream/s", header);

        (await connection.UntilAsync("{\"status\":\"reset\"")).ShouldStartWith("HTTP/1.1 200 OK");
    }

    [Fact]
    public async Task History_WithAnId_Loses()
    {
        await using var gateway = await TestGateway.StartAsync();
        var head = await gateway.PushManyAsync(5, "s");
        await using var listener = await gateway.ListenAsync("/stream/s?history=5", $"{head.Epoch:x}-3");

        (await VerdictAsync(listener)).Replayed.ShouldBe(2);
        await ExpectAsync(listener, head.Epoch, 4, 5);
    }

    [Theory]
    [InlineData("", 100)]
    [InlineData("?history=0", 100)]
    [InlineData("?history=3", 97)]
    [InlineData("?history=1000", 80)]
    [InlineData("?history=9223372036854775807", 80)]
    public async Task Connected_WithoutAnId_CarriesTheIdAfterWhichTheFirstMessageComes(string query, int start)
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Log:RetainedMessages", "20"));
        var head = await gateway.PushManyAsync(100, "s");
        await using var listener = await gateway.ListenAsync("/stream/s" + query);

        listener.Connected.EventId.ShouldBe($"{head.Epoch:x}-{start}");
        // No verdict: the listener came without an id to judge. Nothing is pushed before the history is there: that would trim its oldest message.
        await ExpectAsync(listener, head.Epoch, start + 1, 100);
        await gateway.PushManyAsync(1, "s");
        await ExpectAsync(listener, head.Epoch, 101, 101);
    }

    internal static async Task<ResumeVerdict> VerdictAsync(TestListener listener)
    {
        var item = await listener.NextAsync();
        item.EventType.ShouldBe("resume", item.Data);
        return JsonSerializer.Deserialize(item.Data, WireJson.Instance.ResumeVerdict)!;
    }

    private static async Task ExpectAsync(TestListener listener, ulong epoch, long first, long last)
    {
        for (var sequence = first; sequence <= last; sequence++)
        {
            var item = await listener.NextAsync();
            item.EventType.ShouldBe("message", item.Data);
            item.EventId.ShouldBe(new EventId(epoch, sequence).ToString());
        }
    }

    // Each character of the headers is one byte.
    private static async Task<RawConnection> ListenRawAsync(TestGateway gateway, string path, string headers)
    {
        var connection = await RawConnection.ConnectAsync(gateway.Address);
        await connection.SendAsync(System.Text.Encoding.Latin1.GetBytes($"GET {path} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\n{headers}\r\n\r\n"));
        return connection;
    }
}
