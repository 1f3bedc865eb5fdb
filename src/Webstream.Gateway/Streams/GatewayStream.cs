using System.Diagnostics.CodeAnalysis;
using Webstream.Gateway.FanOut;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>
/// One stream on this gateway, as long as a caller here needs it. It takes the owner's answers and the memory stream's events, puts the
/// messages in order, serves them to listeners, and reports to the owner.
/// </summary>
/// <remarks>
/// <code>
///   receipt of a push ─┐
///   page of history ───┼ StreamOwner ─┐
///   answer to a report ┘              ├→ StreamArrivals ─→ FrameBuffer per format ─→ shards ─→ listeners
///   event ─────── StreamSubscription ─┘      │ a gap
///                                            └→ GapRepair ─→ StreamOwner
/// </code>
/// </remarks>
internal sealed class GatewayStream : IOwnerAnswers, IAsyncDisposable
{
    private readonly StreamOwner owner;
    private readonly StreamArrivals arrivals;
    private readonly PresenceReporter reporter;
    private readonly StreamSubscription subscription;
    private readonly GapRepair repair;

    public GatewayStream(
        StreamOwner owner, StreamArrivals arrivals, HistoryPages history, PresenceReporter reporter, StreamSubscription subscription, GapRepair repair)
    {
        (this.owner, this.arrivals, this.reporter, this.subscription, this.repair, History) = (owner, arrivals, reporter, subscription, repair, history);
        FirstAnswer = reporter.ReportAsync();
        subscription.Came += TakeEvent;
        arrivals.EnteredEpoch += history.Clear;
        owner.AnswerTo(this);
    }

    /// <summary>The history before the frames that listeners follow here.</summary>
    public HistoryPages History { get; }

    /// <summary>The frames that listeners follow.</summary>
    public StreamFrames Frames => arrivals.Frames;

    /// <summary>The stream owner's answer to the last report; none before the first answer.</summary>
    public StreamStatus? LastAnswer { get; private set; }

    /// <summary>How many listeners this gateway has for the stream.</summary>
    public int Listeners => reporter.Listeners;

    /// <summary>The last message that was given to listeners at the end of the frames.</summary>
    public EventId Position => arrivals.Position;

    /// <inheritdoc/>
    public ulong Epoch => arrivals.Position.Epoch;

    /// <summary>Completes when the stream's owner has answered for the first time.</summary>
    public Task FirstAnswer { get; }

    /// <summary>Subscribes and reports; the first answer tells where the stream stands.</summary>
    public async Task StartAsync()
    {
        // The subscription first: it then brings the messages that are pushed after the report's answer.
        await subscription.StartAsync();
        reporter.Start();
    }

    /// <summary>Subscribes and reports again after the cluster was away. Completes when the cluster knows this stream's listeners again.</summary>
    public async Task RenewAsync()
    {
        var reported = reporter.ReportAsync();
        await subscription.RenewAsync();
        await reported;
    }

    /// <summary>Marks the stream as no longer needed on this gateway, for good.</summary>
    public void Close() => reporter.Close();

    /// <summary>Ends the subscription and takes this gateway's listeners off the count.</summary>
    public async ValueTask DisposeAsync()
    {
        owner.AnswerTo(null);
        Frames.Close();
        History.Clear();
        await repair.DisposeAsync();
        await subscription.StopAsync();
        await reporter.DisposeAsync();
        await subscription.DisposeAsync();
    }

    /// <summary>
    /// Adds a listener to the count. Once the owner has answered, every push that begins from then on counts the listener, and every message
    /// pushed before the answer has reached this gateway.
    /// </summary>
    /// <param name="isForeign">It is a page of unknown origin.</param>
    /// <param name="cancellationToken">The listener has gone.</param>
    public async Task<StreamStatus> AddListenerAsync(bool isForeign, CancellationToken cancellationToken)
    {
        reporter.Add(isForeign);
        return await SynchroniseAsync(cancellationToken);
    }

    /// <summary>Takes a listener off the count.</summary>
    /// <param name="isForeign">As it was when the listener was added.</param>
    public void RemoveListener(bool isForeign)
    {
        reporter.Remove(isForeign);
        _ = reporter.ReportAsync();
    }

    /// <summary>Asks the owner for the stream's head, and waits until this gateway has every message up to it.</summary>
    public async Task<StreamStatus> SynchroniseAsync(CancellationToken cancellationToken)
    {
        var status = await reporter.ReportAsync().WaitAsync(cancellationToken);
        await WaitBeyondAsync(status.HeadId with { Sequence = status.Head - 1 }, cancellationToken);
        return status;
    }

    /// <inheritdoc cref="StreamArrivals.WaitBeyondAsync"/>
    public Task WaitBeyondAsync(EventId position, CancellationToken cancellationToken) => arrivals.WaitBeyondAsync(position, cancellationToken);

    /// <summary>
    /// Finds the place in the frames from which a listener at a position goes on, if the frames reach back to it.
    /// From then on a place in the group is reserved for the listener, and it must take that place.
    /// </summary>
    public bool TryFollow(
        FrameFormat format, Framing framing, EventId position, [NotNullWhen(true)] out FanOutGroup? group, out FrameCursor cursor) =>
        arrivals.TryFollow(format, framing, position, out group, out cursor);

    /// <summary>Appends a keepalive to the frames. Frees the frame buffers without listeners, and the pages that were read.</summary>
    public void Keepalive()
    {
        Frames.Keepalive();
        History.Clear();
    }

    /// <inheritdoc/>
    public void TakeReport(OwnerAnswer answer)
    {
        LastAnswer = answer.Status;
        reporter.Answered(answer.Status.Activation);
        arrivals.TakeReport(answer);
        subscription.Heard(LookForGap());
    }

    /// <inheritdoc/>
    public void TakeReceipt(OwnerAnswer answer, ReadOnlySpan<StreamMessage> messages)
    {
        reporter.Seen(answer.Status.Activation);
        arrivals.Take(answer, messages, "receipt");
        LookForGap();
    }

    /// <inheritdoc/>
    public void TakePage(OwnerAnswer answer, ReadOnlySpan<StreamMessage> messages, long after)
    {
        reporter.Seen(answer.Status.Activation);
        arrivals.TakePage(answer, messages, after);
    }

    /// <inheritdoc/>
    public void TakeStatus(OwnerAnswer answer)
    {
        reporter.Seen(answer.Status.Activation);
        arrivals.Take(answer, [], "fetch");
        LookForGap();
    }

    private void TakeEvent(StreamEvent streamEvent)
    {
        reporter.Seen(streamEvent.Activation);
        if (arrivals.TakeEvent(streamEvent))
        {
            LookForGap();
        }
        else
        {
            // An event does not decide the epoch. The owner's answer to a report does.
            _ = reporter.ReportAsync();
        }
    }

    private bool LookForGap()
    {
        var hasGap = arrivals.Look().HasGap;
        if (hasGap)
        {
            repair.Start();
        }

        return hasGap;
    }
}
