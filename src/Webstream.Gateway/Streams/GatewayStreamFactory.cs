using Microsoft.Extensions.Options;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Signing;
using Webstream.Grains.Presence;

namespace Webstream.Gateway.Streams;

/// <summary>Makes streams from the services that all streams of this gateway share.</summary>
internal sealed class GatewayStreamFactory(
    IStreamFeed feed,
    GatewayIdentity gateway,
    FanOutShards fanOut,
    FrameMemory memory,
    EventIdSecret secret,
    StreamTroubles troubles,
    IOptions<HubOptions> options,
    IOptions<PresenceOptions> presence,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<GatewayStream> logger)
{
    /// <summary>Makes a stream that gets the answers of its owner.</summary>
    public GatewayStream Make(StreamOwner owner)
    {
        var arrivals = new StreamArrivals(owner.Name, new(owner.Name, fanOut, memory.Frames, secret), metrics, time, logger);
        return new(
            owner,
            arrivals,
            new(owner, memory, secret, time),
            new(owner, gateway, presence.Value.ReportInterval, arrivals.Look, time, logger),
            new(owner.Name, feed, troubles.Subscribing, time, logger),
            new(owner, arrivals.Look, options.Value.HoleGrace, memory, troubles.Fetching, time, metrics));
    }
}
