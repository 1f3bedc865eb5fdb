using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>The fast path from a stream's owner to this gateway. It may lose, double or reorder events, or stop: GapRepair mends that.</summary>
internal interface IStreamFeed
{
    /// <summary>Subscribes. Disposing the result ends the subscription.</summary>
    Task<IAsyncDisposable> SubscribeAsync(StreamName stream, Action<StreamEvent> onEvent);
}
