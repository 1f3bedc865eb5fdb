using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>Where a stream stands on this gateway.</summary>
/// <param name="Position">The last message that those who follow were given.</param>
/// <param name="HasGap">There are messages after it that have not come.</param>
internal readonly record struct StreamPlace(EventId Position, bool HasGap);
