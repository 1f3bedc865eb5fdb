using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>The fast path from a stream's owner to this gateway. It may lose, double, reorder and fall silent: GapRepair mends that.</summary>
internal interface IStreamFeed
{
    /// <summary>Subscribes; disposing ends it.</summary>
    Task<IAsyncDisposable> SubscribeAsync(StreamName stream, Action<StreamEvent> onEvent);
}
