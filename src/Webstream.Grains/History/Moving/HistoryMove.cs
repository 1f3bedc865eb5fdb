using System.Collections.Concurrent;
using Webstream.Grains.Rules;
using Webstream.Protocol;

namespace Webstream.Grains.History.Moving;

/// <summary>Moves histories out of and into the ones of this process. Calls for one stream come one after another.</summary>
internal sealed class HistoryMove(IStreamHistories histories, RuleStore rules) : IHistoryMove
{
    private const int NamesInAPage = 1000;

    // Until the new epoch's last batch is in, one object writes the stream: it knows the head.
    private readonly ConcurrentDictionary<StreamName, IStreamHistory> begun = new();

    private (StreamName Stream, ulong Epoch, IStreamHistory History)? reading;

    public async Task<IReadOnlyList<StreamName>> NamesAsync(string? after, CancellationToken cancellationToken) =>
        await histories.NamesAsync(after, NamesInAPage, cancellationToken);

    public async Task<MovedPage> ReadAsync(StreamName stream, long after, CancellationToken cancellationToken)
    {
        var found = (await histories.FindAsync(stream, cancellationToken)).Range;
        // Opened once for all pages: some histories read every key then.
        if (reading?.Stream != stream || reading.Value.Epoch != found.Epoch)
        {
            reading = (stream, found.Epoch, histories.LogOf(stream));
            await reading.Value.History.OpenAsync(cancellationToken);
        }

        var history = reading.Value.History;
        var settings = after == 0 ? await histories.SettingsOfAsync(stream, cancellationToken) : StreamSettings.None;
        var messages = found.Epoch == 0 ? [] : await history.ReadAsync(new(after, PushRules.MaxBatchMessages, PushRules.MaxBatchBytes), cancellationToken);
        // Never more than a batch has, so that the page can be appended as one.
        messages = [.. messages.TakeWhile(message => message.Id.Sequence <= found.Head)];
        var keys = messages.Length == 0 ? [] : await histories.MoveOf(stream).KeysAsync(messages[0].Id.Sequence, messages[^1].Id.Sequence, cancellationToken);
        return new(
            found.Epoch,
            found.Head,
            found.Oldest,
            found.HeadAt ?? DateTimeOffset.UnixEpoch,
            messages,
            [.. keys.Select(MovedKey.From)],
            settings,
            Math.Max(found.Life, 1),
            found.End != 0,
            history.Founder);
    }

    public async Task<MoveResult> BeginAsync(StreamName stream, EventId before, DateTimeOffset at, long life, CancellationToken cancellationToken)
    {
        var result = await histories.MoveOf(stream).BeginAsync(before, at, life, cancellationToken);
        if (result == MoveResult.Done)
        {
            var history = histories.LogOf(stream);
            await history.OpenAsync(cancellationToken);
            begun[stream] = history;
        }

        return result;
    }

    public async Task<MoveResult> SetAsync(StreamName stream, StreamSettings settings, CancellationToken cancellationToken)
    {
        if (!(await histories.SettingsOfAsync(stream, cancellationToken)).IsNone)
        {
            return MoveResult.Done;
        }

        if (!begun.TryGetValue(stream, out var history))
        {
            history = histories.LogOf(stream);
            await history.OpenAsync(cancellationToken);
        }

        return await history.SetAsync(settings, cancellationToken) ? MoveResult.Done : MoveResult.Full;
    }

    public async Task<MoveResult> AppendAsync(StreamName stream, MovedPage page, CancellationToken cancellationToken)
    {
        if (!begun.TryGetValue(stream, out var history))
        {
            return MoveResult.NotEmpty;
        }

        var batch = new HistoryBatch(Guid.NewGuid(), page.Epoch, page.Messages, [.. page.Keys.Select(key => key.ToRecord())], Moves: true)
        {
            // It counts for the key of that name here too, whatever the key's quota is.
            Pushers = page.Founder is { } founder ? [new(founder, null, null)] : [],
        };
        return Of(await history.AppendAsync(batch, cancellationToken));
    }

    public async Task<MoveResult> CompleteAsync(StreamName stream, bool closed, CancellationToken cancellationToken)
    {
        if (!begun.TryRemove(stream, out var history))
        {
            return MoveResult.NotEmpty;
        }

        return await histories.MoveOf(stream).CompleteAsync(new(history.Range.Epoch, history.Range.Head), closed, cancellationToken)
            ? MoveResult.Done
            : MoveResult.NotEmpty;
    }

    public async Task FinishAsync(StreamName stream, CancellationToken cancellationToken)
    {
        // Pushes go on until the mark stands: the head is asked for again until it is the one that the mark is set behind.
        while (true)
        {
            var range = (await histories.FindAsync(stream, cancellationToken)).Range;
            if (range.Epoch == 0 || await histories.MoveOf(stream).FinishAsync(new(range.Epoch, range.Head), cancellationToken))
            {
                return;
            }
        }
    }

    public Task<int> RenewAsync(CancellationToken cancellationToken) => histories.RenewAsync(cancellationToken);

    public async Task<RuleList> RulesAsync(CancellationToken cancellationToken) => (await rules.ReadAsync(null))!;

    public Task<RuleOutcome> SetRuleAsync(StreamName stream, OwnRule rule, CancellationToken cancellationToken) =>
        rules.ChangeAsync(stream, new(RuleMembers.None, rule, OnlyStricter: true));

    // No gateway has this store.
    public Task SettleRulesAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static MoveResult Of(AppendResult result) => result switch
    {
        AppendResult.Appended => MoveResult.Done,
        AppendResult.Full => MoveResult.Full,
        _ => MoveResult.NotEmpty,
    };
}
