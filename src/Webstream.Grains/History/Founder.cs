namespace Webstream.Grains.History;

/// <summary>
/// The key that began a stream: it pushed the first of the messages that the stream has. What the stream retains counts for it, whoever pushed it.
/// A stream that has lost all its messages is begun anew by the next push.
/// </summary>
/// <param name="Name">The key's name.</param>
/// <param name="Bytes">The most bytes that its streams may retain together, as its last push to this stream said; none: any number.</param>
public sealed record Founder(string Name, long? Bytes);
