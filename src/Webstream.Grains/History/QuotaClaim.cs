using Webstream.Protocol;

namespace Webstream.Grains.History;

/// <summary>What a batch would make its stream count, and how much its key may have.</summary>
/// <param name="After">What the stream would count.</param>
/// <param name="MostStreams">The most streams of the key; none: the stream counts already, or any number.</param>
/// <param name="MostBytes">The most bytes of all streams of the key; none: any number.</param>
/// <param name="OverBytes">The result when there would be more bytes.</param>
internal readonly record struct QuotaClaim(Counted After, long? MostStreams, long? MostBytes, AppendResult OverBytes)
{
    /// <summary>The claim of a batch; none: its stream counts for nobody after it.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="known">Who began the stream, as far as it has messages.</param>
    /// <param name="retained">How many messages it has.</param>
    /// <param name="bytes">The bytes of these.</param>
    /// <param name="mostBytes">The most bytes that it retains: what is older goes.</param>
    public static QuotaClaim? Of(HistoryBatch batch, Founder? known, long retained, long bytes, long mostBytes)
    {
        if (batch.FounderOf(known, begins: retained == 0) is not { } founder)
        {
            return null;
        }

        var after = (retained == 0 ? 0 : bytes) + batch.Messages.Sum(message => (long)message.Size);
        return new(
            new(founder.Name, Math.Min(after, Math.Max(mostBytes, batch.Messages[^1].Size))),
            retained == 0 ? batch.Pushers[0]!.Streams : null,
            // The end of a stream takes next to nothing, and whoever ends it frees more than it takes.
            batch.Ends ? null : founder.Bytes,
            batch.Pushers.Any(pusher => pusher?.Key == founder.Name) ? AppendResult.OverBytes : AppendResult.FounderOverBytes);
    }
}
