using Microsoft.Extensions.Options;
using Webstream.Gateway.Pushing;
using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Changing;

/// <summary>Takes closes, deletions and changes of settings to the owner of their stream, and asks again while the owner changes.</summary>
internal sealed class StreamChanges(IGrainFactory grains, StreamRegistry streams, IOptions<PushOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private static readonly WebstreamException OlderSilo = new(
        WebstreamError.Unavailable, "A silo of an older version answers for this stream, and cannot do this. Try again when the upgrade is over.");

    /// <summary>Closes a stream.</summary>
    /// <exception cref="WebstreamException">It was not closed, or that is not known.</exception>
    public async Task<CloseAnswer> CloseAsync(StreamName stream)
    {
        var answer = await ChangeAsync(left => streams.OwnerOf(stream).CloseAsync(left), mayRepeat: true);
        return new("success", stream, answer.Id, answer.At);
    }

    /// <summary>Ends a stream's history.</summary>
    /// <exception cref="WebstreamException">It was not ended, or that is not known.</exception>
    public async Task<DeleteAnswer> DeleteAsync(StreamName stream)
    {
        // Not again once it may be done: what was pushed since would go too.
        var answer = await ChangeAsync(left => streams.OwnerOf(stream).DeleteAsync(left), mayRepeat: false);
        return new("success", stream, answer.Id);
    }

    /// <summary>The settings that hold for a stream. Asking makes no owner for it.</summary>
    /// <exception cref="WebstreamException">The cluster did not answer.</exception>
    public async Task<SettingsRecord> SettingsAsync(StreamName stream)
    {
        try
        {
            return Record(await ClusterCall.Of(() => grains.GetGrain<IStreamLookupGrain>(0).FindSettings(stream.Value)));
        }
        catch (Exception failure) when (ClusterCall.MayBeUnknown(failure))
        {
            throw OlderSilo;
        }
    }

    /// <summary>Changes a stream's settings.</summary>
    /// <exception cref="WebstreamException">They were not changed, or that is not known.</exception>
    public async Task<SettingsRecord> ChangeSettingsAsync(StreamName stream, SettingsChange change)
    {
        var result = await RepeatAsync(async _ =>
        {
            var answer = await streams.OwnerOf(stream).ChangeSettingsAsync(change);
            return answer.Outcome == SettingsOutcome.Retry ? null : answer;
        }, mayRepeat: true);
        return result.Outcome switch
        {
            SettingsOutcome.Set => Record(result.InForce),
            SettingsOutcome.TooMuch => throw new WebstreamException(WebstreamError.Invalid, result.Refusal ?? "A setting is beyond what is allowed here."),
            _ => throw PusherAnswers.Full("nothing was set"),
        };
    }

    private static SettingsRecord Record(SettingsInForce settings) =>
        new(settings.RetainedMessages, settings.RetainedBytes, settings.Retention, settings.Description, settings.Closed);

    private Task<ChangeResult> ChangeAsync(Func<TimeSpan, Task<ChangeResult>> ask, bool mayRepeat) => RepeatAsync(
        async left =>
        {
            var answer = await ask(left);
            return answer.Outcome switch
            {
                PushOutcome.Accepted or PushOutcome.Duplicate => answer,
                PushOutcome.Retry => null,
                PushOutcome.Unknown => throw NotKnown(),
                PushOutcome.Moved => throw new WebstreamException(
                    WebstreamError.Moved,
                    "The history of this stream was moved away (webstream-gateway history export --final); nothing was done. Close it where it goes on."),
                PushOutcome.Full => throw PusherAnswers.Full("nothing was done"),
                PushOutcome.Unavailable when answer.Refusal is { } refusal => throw new WebstreamException(
                    WebstreamError.Unavailable, $"{refusal}. Nothing was done. Try again once that has been changed."),
                _ => throw NotDone(),
            };
        },
        mayRepeat);

    // No answer of the function: ask again, because another owner takes over.
    private async Task<T> RepeatAsync<T>(Func<TimeSpan, Task<T?>> ask, bool mayRepeat)
        where T : class
    {
        var began = time.GetTimestamp();
        var maybeDone = false;
        while (true)
        {
            var left = options.Value.Patience - time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
            {
                throw maybeDone ? NotKnown() : NotDone();
            }

            try
            {
                if (await ask(left).WaitAsync(left, time) is { } answer)
                {
                    return answer;
                }
            }
            catch (Exception failure) when (ClusterCall.RefusalOf(failure) is { } refusal)
            {
                throw new WebstreamException(WebstreamError.Unavailable, $"{refusal}. Try again once that has been changed.");
            }
            catch (Exception failure) when (ClusterCall.IsAway(failure))
            {
                maybeDone |= ClusterCall.MayHavePushed(failure);
                if (maybeDone && !mayRepeat)
                {
                    throw NotKnown();
                }
            }
            catch (Exception failure) when (ClusterCall.MayBeUnknown(failure))
            {
                throw OlderSilo;
            }

            await Task.Delay(Pause, time);
        }
    }

    private static WebstreamException NotDone() =>
        new(WebstreamError.Unavailable, "The cluster cannot do this now; nothing was changed. Try again in a moment.");

    private static WebstreamException NotKnown() => new(
        WebstreamError.Unknown, "The cluster did not answer in time, and it is not known whether this was done. Look at the stream (GET /api/streams/{name}), then try again.");
}
