using System.Buffers;
using Microsoft.AspNetCore.Http.Features;
using Webstream.Gateway.Access;
using Webstream.Gateway.Errors;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Memory;
using Webstream.Gateway.Signing;
using Webstream.Gateway.Streams;
using Webstream.Gateway.Transport;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Listening;

/// <summary>
/// One listener's connection, from its request until the fan-out has its socket, or else to its end: the listener is counted, told where it
/// stands, given the messages it missed, and then follows.
/// </summary>
internal sealed class ListenerConnection
{
    private static readonly TimeSpan OnePacketWait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan WaitingNotice = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DecisionHolds = TimeSpan.FromSeconds(1);

    private readonly HttpContext context;
    private readonly ListenPermission? permission;
    private ListenRequest request;
    private ShownIds ids;
    private bool hasHead;
    private readonly ISocketHandOver? handOver;
    private readonly ListenerRegistration registration;
    private readonly EventIdSecret secret;
    private readonly ListenerOptions options;
    private readonly TimeProvider time;
    private readonly Framing framing;
    private readonly PatientOutput output;
    private long decidedAt;

    /// <summary>Only <see cref="Listeners"/> opens connections.</summary>
    /// <param name="context">The request. Nothing has been answered yet.</param>
    /// <param name="request">What the listener asks for.</param>
    /// <param name="permission">Decides whether it may listen, if that is not known yet, and when it has waited; none: whoever asks may.</param>
    /// <param name="handOver">Hands its socket over; none when the web server writes to the listener.</param>
    /// <param name="registration">Counts it.</param>
    /// <param name="secret">Signs the ids of a listener that may not read history.</param>
    /// <param name="options">How listeners are served.</param>
    /// <param name="time">The clock.</param>
    public ListenerConnection(
        HttpContext context, ListenRequest request, ListenPermission? permission, ISocketHandOver? handOver,
        ListenerRegistration registration, EventIdSecret secret, ListenerOptions options, TimeProvider time)
    {
        (this.context, this.request, this.permission, this.handOver, this.registration, this.secret, this.options, this.time) =
            (context, request, permission, handOver, registration, secret, options, time);
        ids = new(request.Stream, null);
        decidedAt = time.GetTimestamp();
        framing = handOver is null ? Framing.Server : Framing.Chunked;
        output = new(new(context.Response.BodyWriter, framing), options, time, Gone, registration.Ending);
    }

    private static ReadOnlySpan<byte> WaitingForRoom => ": waiting for room\n\n"u8;

    private CancellationToken Gone => context.RequestAborted;

    /// <summary>Serves the listener. Afterwards the response is over for the web server, and the listener is counted as long as it follows.</summary>
    public async Task RunAsync()
    {
        var joining = registration.JoinAsync(PermittedAsync, GatewayMemory.WeightOf(context, GatewayMemory.HeldRequest), Gone);
        if (joining is { IsCompletedSuccessfully: true, Result: null })
        {
            registration.Ended(ListenerEnd.NoRoom);
            await SendingAway.AnswerAsync(context);
            return;
        }

        var end = ListenerEnd.Gone;
        try
        {
            end = await ServeAsync(joining);
        }
        catch (OperationCanceledException) when (registration.Ending.IsCancellationRequested)
        {
            end = registration.EndReason;
        }
        catch (OperationCanceledException) when (Gone.IsCancellationRequested)
        {
            end = ListenerEnd.Gone;
        }
        catch (ListenDeniedException denied)
        {
            registration.Deny(denied.Refusal);
            end = ListenerEnd.Denied;
        }
        catch (TimeoutException)
        {
            end = ListenerEnd.TooSlow;
        }
        finally
        {
            if (end != ListenerEnd.None)
            {
                registration.Ended(end);
            }
        }

        if (end == ListenerEnd.TooSlow || !output.MayWriteOn)
        {
            // The bytes that are still on their way may end in half a message. The client resumes by the id of the last whole message.
            context.Abort();
        }
        else if (end == ListenerEnd.Denied && !hasHead)
        {
            await Problems.From(registration.Refusal!).ExecuteAsync(context);
        }
        else if (end is ListenerEnd.Draining or ListenerEnd.Denied)
        {
            if (!hasHead)
            {
                WriteHead();
            }

            output.Bytes.Write(registration.Farewell(end));
            await output.Bytes.EndAsync();
        }
        else if (end == ListenerEnd.Ended && context.Response.HasStarted)
        {
            await output.Bytes.EndAsync();
        }
    }

    // The request as it may be served. What was decided before a wait may not be true any more.
    private async ValueTask<ListenRequest> PermittedAsync()
    {
        if (permission is not null && (request.Holder is null || time.GetElapsedTime(decidedAt) >= DecisionHolds))
        {
            request = request.Holder is null
                ? await permission.DecideAsync(Caller.Of(context), context, request, registration.Ending)
                : await permission.DecideAgainAsync(request, registration.Ending);
            decidedAt = time.GetTimestamp();
        }

        ids = new(request.Stream, request.OnlyFromNowOn ? await SignerAsync() : null);
        return request;
    }

    private async Task<EventIdSigner> SignerAsync()
    {
        using var wanted = CancellationTokenSource.CreateLinkedTokenSource(registration.Ending, Gone);
        return await secret.WaitAsync(wanted.Token);
    }

    /// <summary>Serves the listener from its join on.</summary>
    /// <returns>Why it has ended; <see cref="ListenerEnd.None"/> when it goes on with its socket.</returns>
    private async Task<ListenerEnd> ServeAsync(Task<StreamStatus?> joining)
    {
        var isEarly = await output.WaitAsync(joining, OnePacketWait);
        if (isEarly)
        {
            var status = (await joining)!;
            RefuseMadeUpId(status);
            if (request.HasAllOf(status, ids))
            {
                StreamHead.WriteOver(context.Response);
                return ListenerEnd.Ended;
            }
        }

        WriteHead();
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var (at, hasEnded) = await GreetAsync(joining, isEarly);
        if (hasEnded)
        {
            return ListenerEnd.Ended;
        }

        var (group, cursor) = await ReplayAsync(at);
        if (handOver is not null)
        {
            // From here on only the fan-out and the socket serve the listener, and the registration ends with them.
            handOver.HandOverTo(new SocketListener(group, cursor, registration), options.MaxBehindTime, registration.Ending);
            return ListenerEnd.None;
        }

        return await FollowAsync(new(context.Response.BodyWriter, context.Abort, group, cursor));
    }

    // A ticket that was used lets in only who was there before: whoever finds the address in a log has no id of that connection.
    private void RefuseMadeUpId(StreamStatus status)
    {
        if (request.UsedTicket && !ids.WasGiven(request.LastEventId, status))
        {
            throw new ListenDeniedException(new(WebstreamError.KeyNeeded, RefusalTexts.UsedTicket));
        }
    }

    private void WriteHead()
    {
        StreamHead.Write(context.Response, framing);
        hasHead = true;
    }

    /// <summary>Tells the listener where it stands, as soon as its join of the stream is over.</summary>
    /// <param name="joining">The join.</param>
    /// <param name="isEarly">It was over soon.</param>
    /// <returns>The position after which its messages come, and whether that is the end of a closed stream, which the listener has been told.</returns>
    private async Task<(EventId At, bool HasEnded)> GreetAsync(Task<StreamStatus?> joining, bool isEarly)
    {
        // The opening mostly goes out in one packet with what comes next. If that takes time, browsers and proxies shall see an open stream.
        SseFrame.WriteOpening(output.Bytes, options.Retry);
        if (!isEarly)
        {
            await output.FlushAsync();
            if (!await output.WaitAsync(joining, WaitingNotice))
            {
                output.Bytes.Write(registration.WaitsForRoom ? WaitingForRoom : SseFrame.Waiting);
                await output.FlushAsync();
                await output.HoldAsync(joining);
            }
        }

        var status = (await joining)!;
        if (!isEarly)
        {
            RefuseMadeUpId(status);
        }

        var (at, verdict) = request.BeginIn(status, registration.Stream.Position, ids);
        SseFrame.WriteConnected(output.Bytes, request.Stream, ids.Of(at), time.GetUtcNow(), request.Format);
        if (verdict is not null)
        {
            SseFrame.WriteResume(output.Bytes, verdict);
        }

        var hasEnded = status.End != 0 && at == new EventId(status.Epoch, status.End);
        if (hasEnded)
        {
            SseFrame.WriteEndOfStream(output.Bytes, ids.Of(at), status.LastMessageAt ?? time.GetUtcNow());
        }

        await output.FlushAsync();
        return (at, hasEnded);
    }

    /// <summary>Gives the listener history, in pages, until the frames here reach back to its position.</summary>
    /// <returns>Where the listener goes on. Its place in the group is reserved, and it must take that place.</returns>
    private async Task<(FanOutGroup Group, FrameCursor Cursor)> ReplayAsync(EventId at)
    {
        FanOutGroup? group;
        FrameCursor cursor;
        HistoryReplay? replay = null;
        while (!registration.Stream.TryFollow(request.Format, framing, at, out group, out cursor))
        {
            registration.Ending.ThrowIfCancellationRequested();
            await output.HoldAsync(registration.ReplayInTurnAsync(options.ReplayWeight, Gone));
            replay ??= new(request, ids, registration, output, time, Gone);
            at = await replay.ReadOnAsync(at);
        }

        return (group, cursor);
    }

    private async Task<ListenerEnd> FollowAsync(PipedListener listener)
    {
        await using var whenGone = Gone.UnsafeRegister(static l => ((Listener)l!).End(ListenerEnd.Gone), listener);
        registration.Began(listener);
        var end = await listener.FollowAsync();
        output.MayWriteOn = listener.EndedBetweenFrames;
        return end;
    }
}
