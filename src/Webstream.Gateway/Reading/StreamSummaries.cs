using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Reading;

/// <summary>The part of a stream's state that clients are told.</summary>
internal static class StreamSummaries
{
    public static StreamSummary Summarise(this StreamStatus status, StreamName stream, DateTimeOffset now) => new()
    {
        Name = stream,
        Head = status.HeadId,
        Oldest = status.Oldest,
        Clients = status.Clients,
        Gateways = status.Gateways,
        Foreign = status.Foreign,
        Ended = status.End != 0 ? true : null,
        LastMessageAt = status.LastMessageAt,
        WindowSeconds = status.OldestMessageAt is { } oldest ? Math.Max(0, (now - oldest).TotalSeconds) : null,
    };
}
