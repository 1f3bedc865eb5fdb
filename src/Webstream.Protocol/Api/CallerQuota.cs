namespace Webstream.Protocol;

/// <summary>Which key a push came with, and what all streams that were begun with it may hold, over the whole cluster.</summary>
/// <param name="Key">The key's name.</param>
/// <param name="Streams">The most streams that have messages; none: any number.</param>
/// <param name="Bytes">The most bytes that these streams retain together; none: any number.</param>
public sealed record CallerQuota(string Key, long? Streams, long? Bytes);
