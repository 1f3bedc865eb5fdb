using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Streams;

namespace Webstream.Gateway.Tests.Streams;

/// <summary>A hub between doubles of its stream's owner and of its feed.</summary>
internal sealed class StreamRig : IAsyncDisposable
{
    private readonly MetricCollector<long> messages;
    private readonly MetricCollector<long> fetches;

    /// <param name="time">The clock; the real one unless given.</param>
    /// <param name="grace">How long a hole may close by itself.</param>
    /// <param name="reportInterval">How often the hub reports by itself.</param>
    public StreamRig(TimeProvider? time = null, TimeSpan? grace = null, TimeSpan? reportInterval = null)
    {
        var meters = TestMessages.Meters();
        var metrics = new GatewayMetrics(meters);
        messages = new(meters, GatewayMetrics.MeterName, "webstream.hub.messages");
        fetches = new(meters, GatewayMetrics.MeterName, "webstream.hub.fetches");
        time ??= TimeProvider.System;
        var memory = TestMessages.Memory();
        Hub = new(
            TestMessages.Stream, Grain, Feed, new("test", "test", DateTimeOffset.UnixEpoch), new FanOutShards(new(), memory.Reads, time, metrics),
            new(memory), new(NullLogger<StreamTroubles>.Instance),
            new() { HoleGrace = grace ?? TimeSpan.FromMilliseconds(1) }, reportInterval ?? TimeSpan.FromMilliseconds(20),
            metrics, time, NullLogger.Instance);
    }

    public GrainDouble Grain { get; } = new();

    public FeedDouble Feed { get; } = new();

    public GatewayStream Hub { get; }

    public long Fetches => fetches.GetMeasurementSnapshot().EvaluateAsCounter();

    /// <summary>How many messages came on a way.</summary>
    public long Arrived(string way) => messages.GetMeasurementSnapshot().ContainsTags(new KeyValuePair<string, object?>("way", way)).EvaluateAsCounter();

    /// <summary>A push that this gateway took; its receipt reaches the hub.</summary>
    public void PushHere(int count)
    {
        var epoch = Hub.Position.Epoch;
        var pushed = Grain.Push(count);
        Hub.TakeReceipt(Grain.Status, epoch, pushed.Messages);
    }

    public async Task<StreamFollower> FollowAsync()
    {
        await Hub.AddClientAsync(TestContext.Current.CancellationToken);
        return new(Hub);
    }

    public async ValueTask DisposeAsync()
    {
        Hub.Close();
        await Hub.DisposeAsync();
        messages.Dispose();
        fetches.Dispose();
    }
}
