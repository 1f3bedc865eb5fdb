using Microsoft.AspNetCore.Http;
using Webstream.Gateway.Listening;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Listening;

/// <summary>Where a listener begins in a stream, and what it is told about that.</summary>
public sealed class ListenRequestTests
{
    private static readonly EventId Here = new(0xe1, 98);

    private static readonly StreamStatus Status = new()
    {
        Epoch = 0xe1,
        Head = 100,
        Oldest = 41,
        Clients = 0,
        Gateways = 0,
        Activation = Guid.Empty,
        Settled = true,
        Forgotten = 0xf0,
    };

    [Fact]
    public void Listener_ThatAsksForNothing_BeginsWhereTheGatewayIs() => Begin().ShouldBe((Here, null));

    [Theory]
    [InlineData(10, 90)]
    [InlineData(60, 40)]
    [InlineData(1000, 40)]
    public void Listener_ThatAsksForHistory_BeginsSoManyBeforeTheHeadOrWithTheOldest(long history, long start) =>
        Begin(history: history).ShouldBe((new EventId(0xe1, start), null));

    [Theory]
    [InlineData("e1-70", ResumeStatus.Recovered, 70)]
    [InlineData("e1-100", ResumeStatus.Recovered, 100)]
    [InlineData("e1-20", ResumeStatus.Gap, 40)]
    [InlineData("f0-70", ResumeStatus.Reset, 40)]
    [InlineData("0-0", ResumeStatus.Gap, 40)]
    [InlineData("an id", ResumeStatus.Reset, 100)]
    public void Listener_ThatResumes_BeginsAfterItsIdOrIsToldWhatItMisses(string id, ResumeStatus status, long start)
    {
        // The event id takes precedence.
        var (at, verdict) = Begin(id, history: 10);

        (at, verdict.ShouldNotBeNull().Status).ShouldBe((new EventId(0xe1, start), status));
    }

    private static (EventId Start, ResumeVerdict? Verdict) Begin(string? id = null, long history = 0)
    {
        var request = new DefaultHttpContext().Request;
        request.QueryString = new($"?history={history}");
        request.Headers[ListenRequest.LastEventIdHeader] = id;
        return ListenRequest.From(request, null).BeginIn(Status, Here, new(StreamName.Main, null));
    }
}
