namespace Webstream.Grains;

/// <summary>What the streams that were begun with keys of one name hold.</summary>
/// <param name="Streams">How many of them have messages.</param>
/// <param name="Bytes">What these retain.</param>
[GenerateSerializer, Alias("webstream.KeyUse"), Immutable]
public readonly record struct KeyUse([property: Id(0)] long Streams, [property: Id(1)] long Bytes);
