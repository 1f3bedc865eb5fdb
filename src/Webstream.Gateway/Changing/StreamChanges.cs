using Microsoft.Extensions.Options;
using Webstream.Gateway.Pushing;
using Webstream.Gateway.Rules;
using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Changing;

/// <summary>Takes closes, deletions and changes of settings to the owner of their stream, and asks again while the owner changes.</summary>
internal sealed class StreamChanges(
    IGrainFactory grains, StreamRegistry streams, StreamRules rules, IOptions<PushOptions> options, TimeProvider time)
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
            return await RecordAsync(stream, await ClusterCall.Of(() => grains.GetGrain<IStreamLookupGrain>(0).FindSettings(stream.Value)));
        }
        catch (Exception failure) when (ClusterCall.MayBeUnknown(failure))
        {
            throw OlderSilo;
        }
    }

    /// <summary>Changes a stream's settings.</summary>
    /// <exception cref="WebstreamException">They were not changed, or that is not known. With more than one member some may be set.</exception>
    public async Task<SettingsRecord> ChangeSettingsAsync(StreamName stream, AskedSettings asked)
    {
        // First those that may be refused because of their values.
        var inForce = asked.Settings.Members == SettingsMembers.None ? null : await ChangeSettingsAsync(stream, asked.Settings);
        if (asked.Rule.Members != RuleMembers.None)
        {
            await ChangeRuleAsync(stream, asked.Rule);
        }

        return inForce is null ? await SettingsAsync(stream) : await RecordAsync(stream, inForce);
    }

    private async Task<SettingsInForce> ChangeSettingsAsync(StreamName stream, SettingsChange change)
    {
        var result = await RepeatAsync(async _ =>
        {
            var answer = await streams.OwnerOf(stream).ChangeSettingsAsync(change);
            return answer.Outcome == SettingsOutcome.Retry ? null : answer;
        }, mayRepeat: true);
        return result.Outcome switch
        {
            SettingsOutcome.Set => result.InForce,
            SettingsOutcome.TooMuch => throw new WebstreamException(WebstreamError.Invalid, result.Refusal ?? "A setting is beyond what is allowed here."),
            _ => throw PusherAnswers.Full("nothing was set"),
        };
    }

    private async Task ChangeRuleAsync(StreamName stream, RuleChange change)
    {
        var outcome = await RepeatAsync(
            async _ => await grains.GetGrain<IRuleGrain>(0).Change(stream.Value, change) is var answer and not RuleOutcome.Busy ? new Answered(answer) : null,
            mayRepeat: true);
        if (outcome.Outcome == RuleOutcome.Full)
        {
            throw new WebstreamException(
                WebstreamError.Conflict,
                $"There are as many streams with rules of their own as may be ({OwnRule.MaxRules}); read, write and listed were not set. Set those of others "
                + "to null, or set one rule for many streams with Webstream__Streams__N__Match.");
        }

        // Whoever set it shall not see the rule of before.
        if (!await rules.RefreshAsync())
        {
            throw new WebstreamException(
                WebstreamError.Unavailable, "The rules of streams were set, but this gateway cannot read them now, and goes by those of before. Send the same again in a moment.");
        }
    }

    private async Task<SettingsRecord> RecordAsync(StreamName stream, SettingsInForce settings)
    {
        var rule = (await rules.NowAsync() ?? throw new WebstreamException(
            WebstreamError.Unavailable, "The rules of streams cannot be had now. Try again in a moment.")).Of(stream);
        return new(
            settings.RetainedMessages, settings.RetainedBytes, settings.Retention, settings.Description,
            RuleJson.Word(rule.Read), RuleJson.Word(rule.Write), rule.Listed, settings.Closed);
    }

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

    private sealed record Answered(RuleOutcome Outcome);
}
