using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Signing;
using Webstream.Gateway.Tests.Signing;
using Webstream.Gateway.Streams;
using Webstream.Grains.Presence;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

/// <summary>A stream on a gateway between doubles of its owner and of its feed.</summary>
internal sealed class StreamRig : IAsyncDisposable
{
    private readonly MetricCollector<long> messages;
    private readonly MetricCollector<long> fetches;

    /// <param name="time">The clock; none: the real one.</param>
    /// <param name="grace">How long a gap may take to close by itself.</param>
    /// <param name="reportInterval">How often the stream reports by itself.</param>
    public StreamRig(TimeProvider? time = null, TimeSpan? grace = null, TimeSpan? reportInterval = null)
    {
        var meters = TestMessages.Meters();
        var metrics = new GatewayMetrics(meters);
        messages = new(meters, GatewayMetrics.MeterName, "webstream.hub.messages");
        fetches = new(meters, GatewayMetrics.MeterName, "webstream.hub.fetches");
        time ??= TimeProvider.System;
        var memory = TestMessages.Memory();
        var factory = new GatewayStreamFactory(
            Feed, new("test", "test", DateTimeOffset.UnixEpoch), new FanOutShards(new(), memory.Reads, time, metrics),
            new(memory), Secret, new(NullLogger<StreamTroubles>.Instance),
            Options.Create(new HubOptions { HoleGrace = grace ?? TimeSpan.FromMilliseconds(1) }),
            Options.Create(new PresenceOptions { ReportInterval = reportInterval ?? TimeSpan.FromMilliseconds(20) }),
            metrics, time, NullLogger<GatewayStream>.Instance);
        Owner = new(TestMessages.Stream, Grain);
        Stream = factory.Make(Owner);
    }

    public GrainDouble Grain { get; } = new();

    public EventIdSecret Secret { get; } = TestSecret.Known();

    public FeedDouble Feed { get; } = new();

    public StreamOwner Owner { get; }

    public GatewayStream Stream { get; }

    public long Fetches => fetches.GetMeasurementSnapshot().EvaluateAsCounter();

    /// <summary>The number of messages that came by a way.</summary>
    public long Arrived(string way) => messages.GetMeasurementSnapshot().ContainsTags(new KeyValuePair<string, object?>("way", way)).EvaluateAsCounter();

    /// <summary>A push that this gateway took. Its receipt reaches the stream.</summary>
    public void PushHere(int count)
    {
        var epoch = Stream.Position.Epoch;
        var pushed = Grain.Push(count);
        Stream.TakeReceipt(new(Grain.Status, epoch), pushed.Messages);
    }

    public async Task<StreamFollower> FollowAsync(FrameFormat format = default)
    {
        await Stream.AddListenerAsync(isForeign: false, TestContext.Current.CancellationToken);
        return new(Stream, format);
    }

    public async ValueTask DisposeAsync()
    {
        Stream.Close();
        await Stream.DisposeAsync();
        messages.Dispose();
        fetches.Dispose();
    }
}
