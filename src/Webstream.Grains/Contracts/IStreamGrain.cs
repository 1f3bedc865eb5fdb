using Orleans.Concurrency;

namespace Webstream.Grains;

/// <summary>
/// The owner of one stream; its key is the stream's name. It numbers the messages, keeps their history and counts the listeners on each gateway.
/// </summary>
[Alias("webstream.IStreamGrain")]
public interface IStreamGrain : IGrainWithStringKey
{
    /// <summary>Pushes messages: all or nothing, in order, next to each other. Answered once they are in the history.</summary>
    // A longer timeout than other calls have. An owner whose history is away answers when the pusher's patience ends, and its answer that
    // nothing was pushed must not be lost. The caller does not wait this long for one try.
    [Alias("Publish"), ResponseTimeout("00:00:10")]
    Task<PushResult> Push(PushCommand command);

    /// <summary>How long <see cref="PushEach"/> waits for the pushes that are not decided at once.</summary>
    static readonly TimeSpan WaitTogether = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Takes pushes of several pushers in one call. Each push is independent, as with <see cref="Push"/>. Answered once all are decided, or
    /// after <see cref="WaitTogether"/>: while the history is slow, no pusher's answer waits for the others'.
    /// </summary>
    /// <returns>An answer for each push; none for a push that is not decided yet. Ask for that push alone, with its key.</returns>
    [Alias("PublishEach"), ResponseTimeout("00:00:10")]
    Task<PushResult?[]> PushEach(PushCommand[] commands);

    /// <summary>Reads retained messages, a page at a time.</summary>
    [Alias("Read")]
    [AlwaysInterleave]
    Task<HistoryPage> Read(HistoryQuery query);

    /// <summary>Renews a gateway's lease, and says how many listeners of this stream the gateway holds. Answers with the stream's state.</summary>
    [Alias("Report")]
    [AlwaysInterleave]
    Task<StreamStatus> Report(PresenceReport report);

    /// <summary>
    /// Asks the stream to give way to a new one (eviction). Its history ends if nobody listens and the stream has been quiet for
    /// <c>Webstream__Log__QuietFor</c>. The owner of the new stream asks, when the history is full.
    /// </summary>
    /// <param name="epoch">The epoch in which the stream was found quiet.</param>
    /// <param name="head">The head that it had then.</param>
    /// <returns>Whether the history ended.</returns>
    [Alias("GiveWay"), ResponseTimeout("00:00:05")]
    [AlwaysInterleave]
    Task<bool> GiveWay(ulong epoch, long head);

    /// <summary>
    /// The history was written by somebody else (it was moved into this store, or out of it): the next activation reads it anew. Answered when this
    /// one takes nothing more.
    /// </summary>
    [Alias("Reopen")]
    [AlwaysInterleave]
    Task Reopen();

    /// <summary>
    /// Closes the stream: an end mark becomes its last message, in its turn among the pushes. A second close answers with the same end.
    /// </summary>
    /// <param name="patience">How long the caller waits.</param>
    [Alias("Close"), ResponseTimeout("00:00:10")]
    Task<ChangeResult> Close(TimeSpan patience);

    /// <summary>Ends the stream's history, in its turn among the pushes, and begins a new epoch without messages. Its settings stay.</summary>
    /// <param name="patience">How long the caller waits.</param>
    [Alias("Delete"), ResponseTimeout("00:00:10")]
    Task<ChangeResult> Delete(TimeSpan patience);

    /// <summary>Changes the stream's own settings.</summary>
    /// <exception cref="History.HistoryAwayException">The history does not answer. The settings may be set.</exception>
    [Alias("ChangeSettings"), ResponseTimeout("00:00:10")]
    Task<SettingsResult> ChangeSettings(SettingsChange change);

    /// <summary>The stream's state.</summary>
    [Alias("Describe")]
    [AlwaysInterleave]
    Task<StreamStatus> Describe();
}
