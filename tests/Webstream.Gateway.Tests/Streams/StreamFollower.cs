using System.IO.Pipelines;
using System.Net.ServerSentEvents;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Streams;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

/// <summary>A listener that follows a stream from its current position, over a pipe in memory.</summary>
internal sealed class StreamFollower
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly PipedListener listener;
    private readonly SseParser<string> parser;
    private readonly IAsyncEnumerator<SseItem<string>> items;

    public StreamFollower(GatewayStream stream, FrameFormat format = default)
    {
        Start = stream.Position;
        stream.TryFollow(format, Framing.Server, Start, out var group, out var cursor).ShouldBeTrue();
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
        listener = new(pipe.Writer, () => { }, group, cursor);
        Ended = listener.FollowAsync();
        parser = SseParser.Create(pipe.Reader.AsStream());
        items = parser.EnumerateAsync().GetAsyncEnumerator();
    }

    /// <summary>The id after which it began.</summary>
    public EventId Start { get; }

    public Task<ListenerEnd> Ended { get; }

    public string LastEventId => parser.LastEventId;

    public async Task<SseItem<string>> NextAsync()
    {
        (await items.MoveNextAsync().AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken)).ShouldBeTrue();
        return items.Current;
    }

    /// <summary>The next events must be these messages, each once and in order.</summary>
    public async Task ExpectAsync(ulong epoch, long first, long last)
    {
        for (var sequence = first; sequence <= last; sequence++)
        {
            var item = await NextAsync();
            item.EventType.ShouldBe("message", item.Data);
            item.EventId.ShouldBe(new EventId(epoch, sequence).ToString());
            item.Data.ShouldEndWith($"] {epoch:x}/{sequence}");
        }
    }

    public void Leave() => listener.End(ListenerEnd.Gone);
}
