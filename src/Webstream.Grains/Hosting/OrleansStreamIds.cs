using Orleans.Runtime;
using Webstream.Protocol;

namespace Webstream.Grains.Hosting;

/// <summary>The names by which silos and gateways find the same Orleans stream.</summary>
public static class OrleansStreamIds
{
    /// <summary>The stream provider.</summary>
    public const string Provider = "webstream";

    /// <summary>The store in which the provider keeps the subscriptions.</summary>
    public const string PubSubStore = "PubSubStore";

    private const string Messages = "webstream.messages";

    /// <summary>The Orleans stream over which a stream's messages go to the gateways.</summary>
    public static StreamId MessagesOf(StreamName stream) => StreamId.Create(Messages, stream.Value);
}
