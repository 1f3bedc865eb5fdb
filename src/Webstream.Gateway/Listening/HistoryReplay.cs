using Webstream.Gateway.Signing;
using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Listening;

/// <summary>Gives a listener the messages that the gateway's own frames do not reach back to, a page at a time.</summary>
/// <param name="request">What the listener asks for.</param>
/// <param name="ids">The stream's ids as the listener sees them.</param>
/// <param name="registration">Has its stream, and its turn among the listeners that replay.</param>
/// <param name="output">Where the pages are sent.</param>
/// <param name="time">The clock.</param>
/// <param name="gone">The client has gone.</param>
internal sealed class HistoryReplay(
    ListenRequest request, ShownIds ids, ListenerRegistration registration, PatientOutput output, TimeProvider time, CancellationToken gone)
{
    private static readonly TimeSpan PauseBeforeAskingAgain = TimeSpan.FromMilliseconds(250);

    private GatewayStream Stream => registration.Stream;

    /// <summary>Reads one page, and sends the messages in it that the listener has not got.</summary>
    /// <returns>The listener's position after that.</returns>
    /// <exception cref="OperationCanceledException">The client has gone, or the gateway shuts down.</exception>
    /// <exception cref="TimeoutException">The client has taken nothing for too long.</exception>
    public async Task<EventId> ReadOnAsync(EventId at)
    {
        using var page = await ReadBeyondAsync(at);
        var status = page.Status;
        if (status.Epoch != at.Epoch)
        {
            return await JumpAsync(at, status);
        }

        if (page.Count == 0 && status.Oldest > at.Sequence + 1)
        {
            // What was left to read is not retained any more.
            Tell(new(ResumeStatus.Gap, at, status.HeadId, 0, status.Oldest - 1 - at.Sequence));
            await output.FlushAsync();
            return at with { Sequence = status.Oldest - 1 };
        }

        if (page.Last <= at.Sequence)
        {
            // The listener has everything there is, and waits until the stream gets there on this gateway too. If the stream here is in another
            // epoch, the owner's next answer will name it.
            registration.LeaveReplay();
            await output.HoldAsync(Stream.WaitBeyondAsync(at with { Sequence = at.Sequence - 1 }, gone));
            await (Stream.Position.Epoch == at.Epoch ? Task.CompletedTask : Task.Delay(PauseBeforeAskingAgain, time, gone));
            return at;
        }

        if (page.First > at.Sequence + 1)
        {
            // The retention window has moved on while the listener read.
            Tell(new(ResumeStatus.Gap, at, status.HeadId, status.Head - page.First + 1, page.First - 1 - at.Sequence));
        }

        await output.SendAsync(page.FramesAfter(at.Sequence));
        return at with { Sequence = page.Last };
    }

    private async Task<EncodedPage> ReadBeyondAsync(EventId at)
    {
        while (true)
        {
            var reading = Stream.History.ReadBeyondAsync(at, request.Format, gone);
            try
            {
                await output.HoldAsync(reading);
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
            await output.HoldAsync(Task.Delay(PauseBeforeAskingAgain, time, gone));
        }
    }

    private void Tell(ResumeVerdict verdict) => SseFrame.WriteResume(output.Bytes, ids.Of(verdict));

    private async Task<EventId> JumpAsync(EventId at, StreamStatus status)
    {
        // 0-0 is before the first message of whatever epoch came then; every other id is of an epoch that is over.
        if (at == EventId.Zero)
        {
            return status.HeadId with { Sequence = 0 };
        }

        var start = request.OnlyFromNowOn ? status.Head : status.Oldest - 1;
        Tell(new(
            ResumeStatus.Reset, at, status.HeadId, status.Head - start, Reason: ResumeVerdict.ReasonOf(at, status.Forgotten, status.Deleted)));
        await output.FlushAsync();
        return status.HeadId with { Sequence = start };
    }
}
