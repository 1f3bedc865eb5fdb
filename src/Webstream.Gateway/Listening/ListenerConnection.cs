using System.Buffers;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Listening;

/// <summary>
/// One listener's connection, from its first byte to the hand-over to the fan-out: the listener is counted, told where it stands,
/// and given the messages it missed.
/// </summary>
/// <param name="output">Where its bytes are written.</param>
/// <param name="framing">Who frames them.</param>
/// <param name="request">What it asks for.</param>
/// <param name="registration">Counts it.</param>
/// <param name="fromForeignPage">A foreign page asks: it gets no more than what happens from now on.</param>
/// <param name="options">How listeners are served.</param>
/// <param name="time">The clock.</param>
/// <param name="gone">The client has gone.</param>
internal sealed class StreamSession(
    ListenerOutput output, Framing framing, ListenRequest request, ListenerRegistration registration, bool fromForeignPage,
    ListenerOptions options, TimeProvider time, CancellationToken gone)
{
    private static readonly TimeSpan WaitingNotice = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OnePacketWait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan PauseBeforeAskingAgain = TimeSpan.FromMilliseconds(250);

    // Pages are written in parts, so that a slow client can be seen to make progress.
    private const int MaxPerWrite = 16 * 1024;

    private static ReadOnlySpan<byte> WaitingForRoom => ": waiting for room\n\n"u8;

    private readonly CancellationToken draining = registration.Draining;

    private GatewayStream Stream => registration.Stream;

    /// <summary>The written bytes end with a whole line, so that more may follow them.</summary>
    public bool MayWriteOn { get; private set; } = true;

    /// <summary>Serves the connection until it can follow.</summary>
    /// <param name="joining">The listener's join of its stream, which is under way.</param>
    /// <returns>Where the listener goes on. Its place in the group is reserved, and it must take that place.</returns>
    public async Task<(FanOutGroup Group, FrameCursor Cursor)> GreetAsync(Task<StreamStatus?> joining)
    {
        // The opening mostly goes out in one packet with what comes next. If that takes time, browsers and proxies shall see an open stream.
        SseFrame.WriteOpening(output, options.Retry);
        await ((Task)joining).WaitAsync(OnePacketWait, time, draining).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!joining.IsCompleted)
        {
            await FlushAsync();
            await HoldAsync(joining, WaitingNotice);
        }

        var (at, verdict) = Begin((await joining)!);
        SseFrame.WriteConnected(output, request.Stream, at, time.GetUtcNow(), request.Format);
        if (verdict is not null)
        {
            SseFrame.WriteResume(output, verdict);
        }

        await FlushAsync();
        FanOutGroup? group;
        FrameCursor cursor;
        // History comes in pages until the frames here reach back to the listener's position.
        while (!Stream.TryFollow(request.Format, framing, at, out group, out cursor))
        {
            draining.ThrowIfCancellationRequested();
            await HoldAsync(registration.ReplayInTurnAsync(gone));
            at = await ReplayAsync(at);
        }

        return (group, cursor);
    }

    // While the cluster is away the connection is held: a browser that is refused gives up for good.
    // Does not return the task's result or failure; the caller asks the task itself.
    private async Task HoldAsync(Task task, TimeSpan? notice = null)
    {
        for (var wait = notice ?? options.Keepalive; ; (wait, notice) = (options.Keepalive, null))
        {
            await task.WaitAsync(wait, time, draining).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (task.IsCompleted)
            {
                // Nothing more is begun for a client that has gone: thousands may go at once.
                gone.ThrowIfCancellationRequested();
                return;
            }

            draining.ThrowIfCancellationRequested();
            output.Write(notice is null ? SseFrame.Keepalive : registration.HasRoom ? SseFrame.Waiting : WaitingForRoom);
            await FlushAsync();
        }
    }

    /// <summary>Where the listener begins, judged against the stream's real head, and what it is told about that.</summary>
    private (EventId Start, ResumeVerdict? Verdict) Begin(StreamStatus status)
    {
        if (request.LastEventId is null)
        {
            var first = Math.Max(status.Oldest - 1, status.Head - request.History);
            // For a listener that asked for no history, messages that have come meanwhile are before "now".
            return (request.History > 0 ? status.HeadId with { Sequence = first } : Stream.Position, null);
        }

        if (!EventId.TryParse(request.LastEventId, out var from))
        {
            return (status.HeadId, new(ResumeStatus.Reset, null, status.HeadId, 0));
        }

        var verdict = ResumeVerdict.Judge(from, status.HeadId, status.Oldest, status.Forgotten);
        if (fromForeignPage && (verdict.Status == ResumeStatus.Reset || from == EventId.Zero))
        {
            // A foreign page gets what happens from now on, and history only by an event id that it was given.
            verdict = new(ResumeStatus.Reset, from, status.HeadId, 0, Reason: verdict.Reason);
        }

        return (verdict.Start, verdict);
    }

    /// <summary>Reads one page, and writes the messages in it that the listener has not got.</summary>
    /// <returns>The listener's position after that.</returns>
    private async Task<EventId> ReplayAsync(EventId at)
    {
        using var page = await ReadBeyondAsync(at);
        var status = page.Status;
        if (status.Epoch != at.Epoch)
        {
            return await JumpAsync(at, status);
        }

        if (page.Last <= at.Sequence)
        {
            // The listener has everything there is, and waits until the stream gets there on this gateway too. If the stream here is in another
            // epoch, the owner's next answer will name it.
            registration.LeaveReplay();
            await HoldAsync(Stream.WaitBeyondAsync(at with { Sequence = at.Sequence - 1 }, gone));
            await (Stream.Position.Epoch == at.Epoch ? Task.CompletedTask : Task.Delay(PauseBeforeAskingAgain, time, gone));
            return at;
        }

        if (page.First > at.Sequence + 1)
        {
            // The retention window has moved on while the listener read.
            SseFrame.WriteResume(output, new(
                ResumeStatus.Gap, at, status.HeadId, status.Head - page.First + 1, page.First - 1 - at.Sequence));
        }

        for (var frames = page.FramesAfter(at.Sequence); !frames.IsEmpty;)
        {
            var part = frames[..Math.Min(frames.Length, MaxPerWrite)];
            output.WriteShared(part.Span);
            frames = frames[part.Length..];
            MayWriteOn = frames.IsEmpty;
            await FlushAsync();
        }

        return at with { Sequence = page.Last };
    }

    private async Task<EncodedPage> ReadBeyondAsync(EventId at)
    {
        while (true)
        {
            var reading = Stream.History.ReadBeyondAsync(at, request.Format, gone);
            try
            {
                await HoldAsync(reading);
            }
            catch
            {
                // The page may still come, and nobody would use it then: it is disposed.
                _ = reading.ContinueWith(
                    static page => page.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
                throw;
            }

            if (reading.Exception?.InnerException is not { } failure || !ClusterCall.IsAway(failure))
            {
                return await reading;
            }

            // The cluster is away. The listener has to get the messages it missed, so the read is tried again after a pause.
            await HoldAsync(Task.Delay(PauseBeforeAskingAgain, time, gone));
        }
    }

    private async Task<EventId> JumpAsync(EventId at, StreamStatus status)
    {
        // 0-0 is before the first message of whatever epoch came then; every other id is of an epoch that is over.
        if (at != EventId.Zero)
        {
            SseFrame.WriteResume(output, new(ResumeStatus.Reset, at, status.HeadId, fromForeignPage ? 0 : status.Head - status.Oldest + 1, Reason: ResumeVerdict.ReasonOf(at, status.Forgotten)));
            await FlushAsync();
            return status.HeadId with { Sequence = fromForeignPage ? status.Head : status.Oldest - 1 };
        }

        return status.HeadId with { Sequence = 0 };
    }

    // A listener that replays is behind by definition: it is cut only when its client takes nothing.
    private async ValueTask FlushAsync()
    {
        var flush = output.FlushAsync(gone);
        if (flush.IsCompletedSuccessfully)
        {
            // A client that has gone accepts every write at once.
            _ = flush.Result;
            gone.ThrowIfCancellationRequested();
            return;
        }

        // The flush itself ends with the client.
        var flushed = ((Task)flush.AsTask()).WaitAsync(options.MaxBehindTime, time, draining);
        await flushed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        gone.ThrowIfCancellationRequested();
        // A shutdown does not wait for a slow client; that client resumes on another gateway.
        MayWriteOn &= !flushed.IsCanceled;
        await flushed;
    }
}
