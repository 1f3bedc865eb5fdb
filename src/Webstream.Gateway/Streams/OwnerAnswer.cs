using Webstream.Grains;

namespace Webstream.Gateway.Streams;

/// <summary>What a stream's owner said of it, with the moment of the question.</summary>
/// <param name="Status">What it said.</param>
/// <param name="AskedInEpoch">
/// The epoch in which the stream stood here when the call began. The answer may be older than an epoch that was learned since.
/// </param>
internal readonly record struct OwnerAnswer(StreamStatus Status, ulong AskedInEpoch);
