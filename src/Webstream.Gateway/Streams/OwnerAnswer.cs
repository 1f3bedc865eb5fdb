using Webstream.Grains;

namespace Webstream.Gateway.Streams;

/// <summary>A status that a stream's owner returned, with the epoch that this gateway knew when it asked.</summary>
/// <param name="Status">The status.</param>
/// <param name="AskedInEpoch">
/// The stream's epoch on this gateway when the call began. The answer may be older than an epoch that was learned since.
/// </param>
internal readonly record struct OwnerAnswer(StreamStatus Status, ulong AskedInEpoch);
