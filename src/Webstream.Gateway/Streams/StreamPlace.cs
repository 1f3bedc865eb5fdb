using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>Where a stream stands on this gateway.</summary>
/// <param name="Position">The last message that was given to the listeners that follow.</param>
/// <param name="HasGap">There are messages after that position that have not come.</param>
/// <param name="Life">The life of the stream that it is in: <see cref="Grains.StreamStatus.Life"/>.</param>
internal readonly record struct StreamPlace(EventId Position, bool HasGap, long Life = 0);
