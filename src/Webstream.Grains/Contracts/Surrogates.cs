using Webstream.Protocol;

namespace Webstream.Grains;

// Protocol has no dependencies, so the Orleans forms of its types that cross between silos and gateways are here.
// Numbers are never reused: a rolling upgrade has both versions on the wire.

/// <summary>A <see cref="StreamMessage"/> between processes.</summary>
[GenerateSerializer, Alias("webstream.StreamMessage")]
internal struct StreamMessageSurrogate
{
    [Id(0)] public ulong Epoch;
    [Id(1)] public long Sequence;
    [Id(2)] public string Stream;
    [Id(3)] public long Ticks;
    [Id(4)] public string? Event;
    [Id(5)] public string Message;
    [Id(6)] public string? Source;
    [Id(7)] public bool SourceVerified;
    [Id(8)] public string? InReplyTo;
    [Id(9)] public string[]? Options;
    [Id(10)] public bool IsEnd;
}

/// <summary>Turns messages into their form between processes and back.</summary>
[RegisterConverter]
internal sealed class StreamMessageConverter : IConverter<StreamMessage, StreamMessageSurrogate>
{
    public StreamMessage ConvertFromSurrogate(in StreamMessageSurrogate surrogate) => new()
    {
        Id = new(surrogate.Epoch, surrogate.Sequence),
        Stream = StreamName.Parse(surrogate.Stream),
        Timestamp = new(surrogate.Ticks, TimeSpan.Zero),
        Event = surrogate.Event,
        Message = surrogate.Message,
        Source = surrogate.Source,
        SourceVerified = surrogate.SourceVerified,
        InReplyTo = EventId.TryParse(surrogate.InReplyTo, out var id) ? id : null,
        Options = surrogate.Options,
        IsEnd = surrogate.IsEnd,
    };

    public StreamMessageSurrogate ConvertToSurrogate(in StreamMessage value) => new()
    {
        Epoch = value.Id.Epoch,
        Sequence = value.Id.Sequence,
        Stream = value.Stream.Value,
        Ticks = value.Timestamp.UtcTicks,
        Event = value.Event,
        Message = value.Message,
        Source = value.Source,
        SourceVerified = value.SourceVerified,
        InReplyTo = value.InReplyTo?.ToString(),
        Options = value.Options?.ToArray(),
        IsEnd = value.IsEnd,
    };
}

/// <summary>A <see cref="CallerQuota"/> between processes.</summary>
[GenerateSerializer, Alias("webstream.CallerQuota")]
internal struct CallerQuotaSurrogate
{
    [Id(0)] public string Key;
    [Id(1)] public long? Streams;
    [Id(2)] public long? Bytes;
}

/// <summary>Turns quotas into their form between processes and back.</summary>
[RegisterConverter]
internal sealed class CallerQuotaConverter : IConverter<CallerQuota, CallerQuotaSurrogate>
{
    public CallerQuota ConvertFromSurrogate(in CallerQuotaSurrogate surrogate) => new(surrogate.Key, surrogate.Streams, surrogate.Bytes);

    public CallerQuotaSurrogate ConvertToSurrogate(in CallerQuota value) => new() { Key = value.Key, Streams = value.Streams, Bytes = value.Bytes };
}

/// <summary>A <see cref="PushItem"/> between processes.</summary>
[GenerateSerializer, Alias("webstream.PushItem")]
internal struct PushItemSurrogate
{
    [Id(0)] public string Message;
    [Id(1)] public string? Event;
    [Id(2)] public string? Source;
    [Id(3)] public bool SourceVerified;
    [Id(4)] public string? InReplyTo;
    [Id(5)] public string[]? Options;
}

/// <summary>Turns push items into their form between processes and back.</summary>
[RegisterConverter]
internal sealed class PushItemConverter : IConverter<PushItem, PushItemSurrogate>
{
    public PushItem ConvertFromSurrogate(in PushItemSurrogate surrogate) => new()
    {
        Message = surrogate.Message,
        Event = surrogate.Event,
        Source = surrogate.Source,
        SourceVerified = surrogate.SourceVerified,
        InReplyTo = EventId.TryParse(surrogate.InReplyTo, out var id) ? id : null,
        Options = surrogate.Options,
    };

    public PushItemSurrogate ConvertToSurrogate(in PushItem value) => new()
    {
        Message = value.Message,
        Event = value.Event,
        Source = value.Source,
        SourceVerified = value.SourceVerified,
        InReplyTo = value.InReplyTo?.ToString(),
        Options = value.Options?.ToArray(),
    };
}
