using System.Buffers;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Listening;

/// <summary>
/// One listener's connection, from its first byte to the hand-over to the fan-out: it is counted, told where it stands,
/// and given what it missed.
/// </summary>
/// <param name="output">What is written to it.</param>
/// <param name="framing">Who frames that.</param>
/// <param name="request">What it asks for.</param>
/// <param name="registration">It is counted through this.</param>
/// <param name="fromForeignPage">It gets no more than what happens from now on.</param>
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

    // Written in parts, so that a slow client is seen to move.
    private const int MaxPerWrite = 16 * 1024;

    private static ReadOnlySpan<byte> WaitingForRoom => ": waiting for room\n\n"u8;

    private readonly CancellationToken draining = registration.Draining;

    private GatewayStream Stream => registration.Stream;

    /// <summary>What was written ends with a whole line, so that more may follow it.</summary>
    public bool MayWriteOn { get; private set; } = true;

    /// <summary>Serves the connection until it can follow.</summary>
    /// <param name="joining">It joins its stream.</param>
    /// <returns>Where it goes on; it has its place in the group, and must take it.</returns>
    public async Task<(FanOutGroup Group, FrameCursor Cursor)> GreetAsync(Task<StreamStatus?> joining)
    {
        // Mostly in one packet with what comes next. If that takes time, browsers and proxies shall see an open stream.
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
        // History comes in pages until what is followed here reaches back to where the listener is.
        while (!Stream.TryFollow(request.Format, framing, at, out group, out cursor))
        {
            draining.ThrowIfCancellationRequested();
            await HoldAsync(registration.ReplayInTurnAsync(gone));
            at = await ReplayAsync(at);
        }

        return (group, cursor);
    }

    // While the cluster is away the connection is held: a browser that is refused gives up for good.
    // Does not tell what became of the task; whoever began it asks it.
    private async Task HoldAsync(Task task, TimeSpan? notice = null)
    {
        for (var wait = notice ?? options.Keepalive; ; (wait, notice) = (options.Keepalive, null))
        {
            await task.WaitAsync(wait, time, draining).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (task.IsCompleted)
            {
                // Nothing more is begun for one that has gone: thousands may go at once.
                gone.ThrowIfCancellationRequested();
                return;
            }

            draining.ThrowIfCancellationRequested();
            output.Write(notice is null ? SseFrame.Keepalive : registration.HasRoom ? SseFrame.Waiting : WaitingForRoom);
            await FlushAsync();
        }
    }

    /// <summary>Where the connection begins, judged against the stream's real head, and what it is told about that.</summary>
    private (EventId Start, ResumeVerdict? Verdict) Begin(StreamStatus status)
    {
        if (request.LastEventId is null)
        {
            var first = Math.Max(status.Oldest - 1, status.Head - request.History);
            // What has come meanwhile is before "now" for one that asked for no history.
            return (request.History > 0 ? status.HeadId with { Sequence = first } : Stream.Position, null);
        }

        if (!EventId.TryParse(request.LastEventId, out var from))
        {
            return (status.HeadId, new(ResumeStatus.Reset, null, status.HeadId, 0));
        }

        var verdict = ResumeVerdict.Judge(from, status.HeadId, status.Oldest, status.Forgotten);
        if (fromForeignPage && (verdict.Status == ResumeStatus.Reset || from == EventId.Zero))
        {
            // A page elsewhere gets what happens from now on; history only by an id that it was given.
            verdict = new(ResumeStatus.Reset, from, status.HeadId, 0, Reason: verdict.Reason);
        }

        return (verdict.Start, verdict);
    }

    /// <summary>Writes what of one page the listener has not got.</summary>
    /// <returns>Where it stands now.</returns>
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
            // Everything there is: the stream gets there on this gateway too. If it knows of another life, so will the owner's next answer.
            registration.LeaveReplay();
            await HoldAsync(Stream.WaitBeyondAsync(at with { Sequence = at.Sequence - 1 }, gone));
            await (Stream.Position.Epoch == at.Epoch ? Task.CompletedTask : Task.Delay(PauseBeforeAskingAgain, time, gone));
            return at;
        }

        if (page.First > at.Sequence + 1)
        {
            // The window has moved on while the listener read.
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
                // It may still come, and is nobody's then.
                _ = reading.ContinueWith(
                    static page => page.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
                throw;
            }

            if (reading.Exception?.InnerException is not { } failure || !ClusterCall.IsAway(failure))
            {
                return await reading;
            }

            // It was to be told what it missed, and will be.
            await HoldAsync(Task.Delay(PauseBeforeAskingAgain, time, gone));
        }
    }

    private async Task<EventId> JumpAsync(EventId at, StreamStatus status)
    {
        // 0-0 is before the first message of whatever epoch came then; every other id is of a life that is over.
        if (at != EventId.Zero)
        {
            SseFrame.WriteResume(output, new(ResumeStatus.Reset, at, status.HeadId, fromForeignPage ? 0 : status.Head - status.Oldest + 1, Reason: ResumeVerdict.ReasonOf(at, status.Forgotten)));
            await FlushAsync();
            return status.HeadId with { Sequence = fromForeignPage ? status.Head : status.Oldest - 1 };
        }

        return status.HeadId with { Sequence = 0 };
    }

    // A client that replays is behind by definition: only a socket that does not move ends it.
    private async ValueTask FlushAsync()
    {
        var flush = output.FlushAsync(gone);
        if (flush.IsCompletedSuccessfully)
        {
            // One that has gone takes everything at once.
            _ = flush.Result;
            gone.ThrowIfCancellationRequested();
            return;
        }

        // The flush itself ends with the client.
        var flushed = ((Task)flush.AsTask()).WaitAsync(options.MaxBehindTime, time, draining);
        await flushed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        gone.ThrowIfCancellationRequested();
        // A shutdown does not wait for one that takes its time; it resumes elsewhere.
        MayWriteOn &= !flushed.IsCanceled;
        await flushed;
    }
}
