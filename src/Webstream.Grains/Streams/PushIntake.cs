using Webstream.Grains.History;

namespace Webstream.Grains.Streams;

/// <summary>Takes the pushes of an owner, from the offer to the answer. On its grain's turns.</summary>
/// <param name="state">Decides about pushes.</param>
/// <param name="log">The history that gets them.</param>
/// <param name="lookup">Asks the history for the keys of pushes; none where they are in memory.</param>
/// <param name="committer">Takes them to the history.</param>
/// <param name="life">Whether this activation still takes any.</param>
/// <param name="status">The state that each answer tells.</param>
/// <param name="full">Called when a push was refused because the history, or its key, has no place for one more stream.</param>
/// <param name="lost">Called when the history is not as this owner left it: another owner shall read it.</param>
/// <param name="time">The clock.</param>
internal sealed class PushIntake(
    StreamState state, IStreamHistory log, KeyLookup? lookup, StreamCommitter committer, OwnerLife life, OwnerStatus status, Action full, Action lost,
    TimeProvider time)
{
    /// <inheritdoc cref="IStreamGrain.Push"/>
    public async Task<PushResult> PushAsync(PushCommand command)
    {
        if (life.IsOver)
        {
            return Answer(PushOutcome.Retry);
        }

        if (lookup is not null)
        {
            return (await PushEachAsync([command], together: false))[0]!;
        }

        var offered = Offer(command);
        committer.Start();
        await offered.Outcome;
        var answer = Answer(offered);
        if (HasNoPlace(answer))
        {
            full();
        }

        return answer;
    }

    /// <inheritdoc cref="IStreamGrain.PushEach"/>
    public Task<PushResult?[]> PushEachAsync(PushCommand[] commands) => PushEachAsync(commands, together: true);

    private async Task<PushResult?[]> PushEachAsync(PushCommand[] commands, bool together)
    {
        var (offered, refused) = life.IsOver ? ([], Answer(PushOutcome.Retry)) : await OfferAsync(commands);
        if (refused is not null)
        {
            return Array.ConvertAll(commands, _ => refused);
        }

        committer.Start();
        Task decided = Task.WhenAll(offered.Select(push => push.Outcome));
        await decided.WaitAsync(together ? IStreamGrain.WaitTogether : Timeout.InfiniteTimeSpan, time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        var answers = Array.ConvertAll(offered, push => push.Outcome.IsCompleted ? Answer(push) : null);
        if (Array.Exists(answers, HasNoPlace))
        {
            full();
        }

        return answers;
    }

    // Refused: the answer to each of them.
    private async ValueTask<(Offered[] Offered, PushResult? Refused)> OfferAsync(PushCommand[] commands)
    {
        if (lookup is null)
        {
            return (Array.ConvertAll(commands, Offer), null);
        }

        string[] keys = [.. commands.Select(command => command.Key), .. commands.Select(command => command.OlderKey).OfType<string>()];
        try
        {
            await lookup.AskAsync(keys);
            return life.IsOver ? ([], Answer(PushOutcome.Retry)) : (Array.ConvertAll(commands, Offer), null);
        }
        catch (HistoryAwayException away)
        {
            if (away.OtherOwner)
            {
                lost();
            }

            return ([], Answer(away.OtherOwner ? PushOutcome.Retry : PushOutcome.Unavailable, refusal: away.Refusal));
        }
        finally
        {
            lookup.Release(keys);
        }
    }

    // The outcome is captured here: if the key comes once more, the pending push may get another outcome.
    private Offered Offer(PushCommand command)
    {
        var push = state.Offer(command, log.Range.Oldest);
        return new(command, push, push.Outcome);
    }

    // Called once the outcome is there.
    private PushResult Answer(Offered offered)
    {
        var outcome = offered.Outcome.Result;
        // A push that came with the key of a waiting push shares its outcome, but was not pushed itself.
        outcome = outcome == PushOutcome.Accepted && !ReferenceEquals(offered.Push.Command, offered.Command) ? PushOutcome.Duplicate : outcome;
        // A push that failed after it was numbered must not return its sequences: another push will get them.
        var answer = Answer(outcome, outcome is PushOutcome.Unavailable ? offered.Push.Refusal : null);
        return outcome is (PushOutcome.Accepted or PushOutcome.Duplicate) && offered.Push.Record is { } record
            ? answer with { Epoch = offered.Push.Epoch, First = record.First, Count = record.Count, Timestamp = record.Timestamp }
            : answer;
    }

    private static bool HasNoPlace(PushResult? answer) => answer?.Outcome is PushOutcome.Full or PushOutcome.OverStreams or PushOutcome.OverBytes;

    private PushResult Answer(PushOutcome outcome, string? refusal = null) => new() { Outcome = outcome, Status = status.Now(), Refusal = refusal };

    /// <summary>A command, the pending push that carries it (which may be an earlier one with the same key), and the outcome of that push.</summary>
    private readonly record struct Offered(PushCommand Command, PendingPush Push, Task<PushOutcome> Outcome);
}
