using Webstream.Gateway.Memory;
using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Reading;

/// <summary>Reads pages of messages. A read that waits for something new brings the stream to this gateway meanwhile.</summary>
internal sealed class MessageReader(StreamStates states, FirstMessages firstMessages, StreamRegistry streams, GatewayMemory memory, TimeProvider time)
{
    private const int MaxReadBytes = 1024 * 1024;

    // A message alone in its page may have more than a usual one.
    private const long LargestMessage = PushRules.MaxBatchBytes;

    /// <inheritdoc cref="IWebstream.ReadAsync"/>
    public async Task<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken)
    {
        var page = await ReadOnceAsync(request, cancellationToken);
        // A caller whose id has ended must hear it at once: once it had the next cursor, nobody would tell it.
        if (IsAnswer(page) || request.Wait <= TimeSpan.Zero)
        {
            return page;
        }

        using var timeout = new CancellationTokenSource(request.Wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            if (page.Head.Sequence == 0)
            {
                await firstMessages.WaitAsync(request.Stream, either.Token);
                page = await ReadOnceAsync(request, either.Token);
                if (IsAnswer(page))
                {
                    return page;
                }
            }

            using var lease = await streams.TakeAsync(request.Stream, either.Token);
            await lease.Stream.SynchroniseAsync(either.Token);
            while (!IsAnswer(page))
            {
                await lease.Stream.WaitBeyondAsync(page.Next, either.Token);
                var next = await ReadOnceAsync(request with { After = page.Next }, either.Token);
                if (request.After is not null && HasReset(next))
                {
                    return await ReadOnceAsync(request, cancellationToken);
                }

                page = next with { Resume = page.Resume };
            }

            if (request.After is not null)
            {
                // The verdict is on the caller's id, judged against the stream as it is now.
                page = page with { Resume = (await ReadOnceAsync(request with { Limit = 1, InReplyTo = null }, either.Token)).Resume };
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Nothing came: the empty page and its cursor are the answer.
        }

        return page;
    }

    private async Task<ReadPage> ReadOnceAsync(ReadRequest request, CancellationToken cancellationToken)
    {
        // Replies may be few among many messages: the reader looks for them in large pages, however few the caller asks for.
        var most = request.InReplyTo is null ? request.Limit : ReadRequest.MaxLimit;
        var page = await ReadAsync(request.Stream, request.After?.Sequence ?? 0, most, cancellationToken);
        var status = page.Status;
        ResumeVerdict? verdict = null;
        if (request.After is { } after)
        {
            verdict = ResumeVerdict.Judge(after, status.HeadId, status.Oldest, status.Forgotten, status.Deleted);
            if (verdict.Status == ResumeStatus.Reset && after.Sequence > 0)
            {
                // The id is of another life of the stream: the messages after its sequence are not those that follow it.
                page = await ReadAsync(request.Stream, 0, most, cancellationToken);
            }
        }

        var messages = request.InReplyTo is { } asked ? [.. page.Messages.Where(m => m.InReplyTo == asked).Take(request.Limit)] : page.Messages;
        var last = request.InReplyTo is not null && messages.Length == request.Limit ? messages[^1].Id
            : page.Messages.Length > 0 ? page.Messages[^1].Id : verdict?.Start ?? status.HeadId;
        return messages.Length == 0 && page.Messages.Length > 0
            ? await ReadOnceAsync(request with { After = last }, cancellationToken) with { Resume = verdict }
            : new(request.Stream, messages, last, status.HeadId, verdict, HasEnded(status, last));
    }

    // There is nothing to wait for.
    private static bool IsAnswer(ReadPage page) => page.Messages.Count > 0 || page.Ended == true || HasReset(page);

    private static bool HasReset(ReadPage page) => page.Resume is { Status: ResumeStatus.Reset };

    private static bool? HasEnded(StreamStatus status, EventId next) =>
        status.End != 0 && next.Epoch == status.Epoch && next.Sequence >= status.End ? true : null;

    // Any caller may ask for the largest page, and any number of callers may ask at once.
    private async Task<HistoryPage> ReadAsync(StreamName stream, long after, int most, CancellationToken cancellationToken)
    {
        using var room = memory.Reads.ChargeFor(default);
        await room.HoldInTurnAsync(GatewayMemory.WeightOfMessages(most, Math.Min(MaxReadBytes, most * LargestMessage)), cancellationToken);
        return await states.ReadAsync(stream, new(after, most, MaxReadBytes));
    }
}
