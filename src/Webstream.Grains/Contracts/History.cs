using Webstream.Protocol;

namespace Webstream.Grains;

/// <summary>Which retained messages to read.</summary>
/// <param name="After">The sequence after which the page begins; 0 for the oldest.</param>
/// <param name="MaxMessages">The most messages in the page.</param>
/// <param name="MaxBytes">The page ends with the message that reaches this size. At least one message is always read.</param>
[GenerateSerializer, Alias("webstream.HistoryQuery"), Immutable]
public sealed record HistoryQuery([property: Id(0)] long After, [property: Id(1)] int MaxMessages, [property: Id(2)] int MaxBytes);

/// <summary>A page of a stream's history.</summary>
/// <param name="Status">The stream's state when it was read.</param>
/// <param name="Messages">Consecutive messages; the first is <c>After + 1</c>, or a later one when that is not retained any more.</param>
[GenerateSerializer, Alias("webstream.HistoryPage"), Immutable]
public sealed record HistoryPage([property: Id(0)] StreamStatus Status, [property: Id(1)] StreamMessage[] Messages);
