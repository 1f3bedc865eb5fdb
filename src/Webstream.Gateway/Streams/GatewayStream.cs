using System.Diagnostics.CodeAnalysis;
using Webstream.Gateway.FanOut;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>
/// One stream on this gateway, as long as somebody here needs it. What its owner answers and what the memory stream brings comes in here,
/// and is put in order, followed and reported from here.
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
        owner.AnswerTo(this);
    }

    /// <summary>The history below what is followed here.</summary>
    public HistoryPages History { get; }

    /// <summary>What listeners follow.</summary>
    public StreamFrames Frames => arrivals.Frames;

    /// <summary>What the stream's owner answered to the last report; none before the first answer.</summary>
    public StreamStatus? LastAnswer { get; private set; }

    /// <summary>How many listeners this gateway has for the stream.</summary>
    public int Listeners => reporter.Listeners;

    /// <summary>The last message that listeners at the end of the frames were given.</summary>
    public EventId Position => arrivals.Position;

    /// <inheritdoc/>
    public ulong Epoch => arrivals.Position.Epoch;

    /// <summary>The stream's owner has answered for the first time.</summary>
    public Task FirstAnswer { get; }

    /// <summary>Subscribes and reports; the first answer tells where the stream stands.</summary>
    public async Task StartAsync()
    {
        // The subscription first: what is pushed after the report's answer then comes over it.
        await subscription.StartAsync();
        reporter.Start();
    }

    /// <summary>The cluster is back after it was away. Over when it knows this stream's listeners again.</summary>
    public async Task RenewAsync()
    {
        var reported = reporter.ReportAsync();
        await subscription.RenewAsync();
        await reported;
    }

    /// <summary>Nobody needs the stream here any more, and nobody will.</summary>
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
    /// Counts a listener in. When the answer is there, it is counted by every push that begins from then on, and everything
    /// pushed before the answer is here.
    /// </summary>
    public async Task<StreamStatus> AddListenerAsync(CancellationToken cancellationToken)
    {
        reporter.Add();
        return await SynchroniseAsync(cancellationToken);
    }

    /// <summary>Counts a listener out.</summary>
    public void RemoveListener()
    {
        reporter.Remove();
        _ = reporter.ReportAsync();
    }

    /// <summary>Asks the stream's owner where it stands, and waits until the stream stands there on this gateway too.</summary>
    public async Task<StreamStatus> SynchroniseAsync(CancellationToken cancellationToken)
    {
        var status = await reporter.ReportAsync().WaitAsync(cancellationToken);
        await WaitBeyondAsync(status.HeadId with { Sequence = status.Head - 1 }, cancellationToken);
        return status;
    }

    /// <inheritdoc cref="StreamArrivals.WaitBeyondAsync"/>
    public Task WaitBeyondAsync(EventId position, CancellationToken cancellationToken) => arrivals.WaitBeyondAsync(position, cancellationToken);

    /// <summary>
    /// Finds the place in the frames from which a listener at a position goes on, if they reach back to it.
    /// The listener has its place in the group from then on, and must take it.
    /// </summary>
    public bool TryFollow(
        FrameFormat format, Framing framing, EventId position, [NotNullWhen(true)] out FanOutGroup? group, out FrameCursor cursor) =>
        arrivals.TryFollow(format, framing, position, out group, out cursor);

    /// <summary>Appends a keepalive to the frames, and lets go of those that nobody follows and of pages that were read.</summary>
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
            // An event is not the owner's word on the epoch. The answer to a report is.
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
