using Orleans.Concurrency;

namespace Webstream.Grains;

/// <summary>
/// The owner of one stream; its key is the stream's name. It numbers the messages, keeps their history and knows who listens where.
/// </summary>
[Alias("webstream.IStreamGrain")]
public interface IStreamGrain : IGrainWithStringKey
{
    /// <summary>Pushes messages: all or nothing, in order, next to each other. Answered once they are in the log.</summary>
    // Longer than other calls: an owner whose log is away answers at the end of the pusher's patience, and its word that nothing was pushed
    // must not be lost. Who asks does not wait this long for one try.
    [Alias("Publish"), ResponseTimeout("00:00:10")]
    Task<PushResult> Push(PushCommand command);

    /// <summary>How long <see cref="PushEach"/> waits for those of its pushes that are not decided at once.</summary>
    static readonly TimeSpan WaitTogether = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Pushes of several pushers who came together, in one call; each is on its own, as by <see cref="Push"/>. Answered once all are decided,
    /// or after <see cref="WaitTogether"/>: so that nobody's answer waits for the others' while the log is slow.
    /// </summary>
    /// <returns>An answer for each; none for one that is not decided yet. Ask for that one alone, with its key.</returns>
    [Alias("PublishEach"), ResponseTimeout("00:00:10")]
    Task<PushResult?[]> PushEach(PushCommand[] commands);

    /// <summary>Reads retained messages, a page at a time.</summary>
    [Alias("Read")]
    [AlwaysInterleave]
    Task<HistoryPage> Read(HistoryQuery query);

    /// <summary>Renews a gateway's lease: how many listeners of this stream it holds. Answered with the stream's state.</summary>
    [Alias("Report")]
    [AlwaysInterleave]
    Task<StreamStatus> Report(PresenceReport report);

    /// <summary>
    /// Asks the stream to give way to a new one: its history ends, if nobody listens and it has been quiet for <c>Webstream__Log__QuietFor</c>.
    /// Asked by the owner of the new one, when the log is full.
    /// </summary>
    /// <param name="epoch">The epoch in which it was found quiet.</param>
    /// <param name="head">The head that it had.</param>
    /// <returns>Whether it did.</returns>
    [Alias("GiveWay"), ResponseTimeout("00:00:05")]
    [AlwaysInterleave]
    Task<bool> GiveWay(ulong epoch, long head);

    /// <summary>The stream's state.</summary>
    [Alias("Describe")]
    [AlwaysInterleave]
    Task<StreamStatus> Describe();
}
