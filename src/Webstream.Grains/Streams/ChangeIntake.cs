using Webstream.Grains.History;
using Webstream.Protocol;

namespace Webstream.Grains.Streams;

/// <summary>Takes closes, deletions and changes of the settings of an owner's stream. On its grain's turns.</summary>
/// <param name="stream">The stream.</param>
/// <param name="state">Decides about closes and deletions.</param>
/// <param name="log">The history that gets them.</param>
/// <param name="committer">Takes them to the history.</param>
/// <param name="life">Whether this activation still takes any.</param>
/// <param name="status">The state that each answer tells.</param>
/// <param name="rules">How far settings may go.</param>
/// <param name="makeRoom">Asks other streams to give way to one more, and tells whether one did.</param>
/// <param name="done">Called after each: the owner may not be needed any more.</param>
internal sealed class ChangeIntake(
    StreamName stream, StreamState state, IStreamHistory log, StreamCommitter committer, OwnerLife life, OwnerStatus status, RetentionRules rules,
    Func<Task<bool>> makeRoom, Action done)
{
    private Task setting = Task.CompletedTask;

    /// <summary>Settings are being set.</summary>
    public bool IsSetting => !setting.IsCompleted;

    /// <inheritdoc cref="IStreamGrain.Close"/>
    public Task<ChangeResult> CloseAsync(TimeSpan patience) => ChangeAsync(deletes: false, patience);

    /// <inheritdoc cref="IStreamGrain.Delete"/>
    public Task<ChangeResult> DeleteAsync(TimeSpan patience) => ChangeAsync(deletes: true, patience);

    /// <inheritdoc cref="IStreamGrain.ChangeSettings"/>
    public async Task<SettingsResult> ChangeSettingsAsync(SettingsChange change)
    {
        // One after another: each change is of what the one before it has left.
        var before = setting;
        var turn = new TaskCompletionSource();
        setting = turn.Task;
        try
        {
            await before;
            return await SetAsync(change);
        }
        finally
        {
            turn.SetResult();
            done();
        }
    }

    private async Task<SettingsResult> SetAsync(SettingsChange change)
    {
        if (life.IsOver)
        {
            return Answer(SettingsOutcome.Retry);
        }

        var settings = change.Of(log.Settings);
        // Only what is sent now: a bound that was lowered since must not make a description impossible to change.
        if (rules.RefusalOf(stream, change.Of(StreamSettings.None)) is { } refusal)
        {
            return Answer(SettingsOutcome.TooMuch, refusal);
        }

        var done = settings == log.Settings || await log.SetAsync(settings, CancellationToken.None);
        while (!done && await makeRoom())
        {
            done = await log.SetAsync(settings, CancellationToken.None);
        }

        return Answer(done ? SettingsOutcome.Set : SettingsOutcome.Full);
    }

    private async Task<ChangeResult> ChangeAsync(bool deletes, TimeSpan patience)
    {
        if (life.IsOver)
        {
            return Answer(PushOutcome.Retry, refusal: null);
        }

        var change = state.Change(deletes, patience);
        committer.Start();
        var outcome = await change.Outcome;
        var answer = Answer(outcome, outcome == PushOutcome.Unavailable ? change.Refusal : null) with
        {
            Epoch = change.Id.Epoch,
            Sequence = change.Id.Sequence,
            At = change.At,
        };
        done();
        return answer;
    }

    private ChangeResult Answer(PushOutcome outcome, string? refusal) => new() { Outcome = outcome, Status = status.Now(), Refusal = refusal };

    private SettingsResult Answer(SettingsOutcome outcome, string? refusal = null) =>
        new(outcome, rules.InForce(stream, log.Settings, closed: state.End != 0), refusal);
}
