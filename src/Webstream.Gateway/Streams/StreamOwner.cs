using System.Runtime.CompilerServices;
using Webstream.Grains;
using Webstream.Grains.History;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>
/// A stream's owner in the cluster: this class alone calls it. Each answer is stamped with the epoch in which its call began, and handed
/// to the stream that was on this gateway then. A stream that was opened later has asked for the head itself, after the state in the answer.
/// </summary>
/// <param name="name">The stream's name.</param>
/// <param name="grain">The reference to the grain; it stays valid wherever the grain runs.</param>
/// <param name="began">Called when a push brought the stream's first message.</param>
internal sealed class StreamOwner(StreamName name, IStreamGrain grain, Action<StreamName>? began = null)
{
    private volatile IOwnerAnswers? stream;
    private volatile bool hasHistory;
    private int calls;

    /// <summary>The stream's name.</summary>
    public StreamName Name => name;

    /// <summary>The stream has history, as far as this gateway knows. A call to its owner then does not activate a grain for nothing.</summary>
    public bool HasHistory => hasHistory;

    /// <summary>A call to the owner is under way.</summary>
    public bool IsAsked => Volatile.Read(ref calls) > 0;

    /// <summary>Sets the stream on this gateway that gets the answers to calls that begin from now on; none when the stream is closed.</summary>
    public void AnswerTo(IOwnerAnswers? stream) => this.stream = stream;

    /// <summary>Pushes: see <see cref="IStreamGrain.Push"/>.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<PushResult> PushAsync(PushCommand command)
    {
        using var question = new Question(this);
        var answer = await grain.Push(command);
        Receive(question, command.Items, answer);
        return answer;
    }

    /// <summary>Pushes for several pushers: see <see cref="IStreamGrain.PushEach"/>.</summary>
    public async Task<PushResult?[]> PushEachAsync(PushCommand[] commands)
    {
        using var question = new Question(this);
        var answers = await grain.PushEach(commands);
        for (var i = 0; i < commands.Length; i++)
        {
            if (answers[i] is { } answer)
            {
                Receive(question, commands[i].Items, answer);
            }
        }

        return answers;
    }

    /// <summary>Reads a page of history for the caller.</summary>
    public async Task<HistoryPage> ReadAsync(HistoryQuery query)
    {
        using var question = new Question(this);
        var page = await PageAsync(query);
        question.Stream?.TakeStatus(question.Stamp(page.Status));
        return page;
    }

    /// <summary>Reads a page of history for the listeners that follow the stream here: they get its messages.</summary>
    public async Task FillAsync(HistoryQuery query)
    {
        using var question = new Question(this);
        var page = await PageAsync(query);
        question.Stream?.TakePage(question.Stamp(page.Status), page.Messages, query.After);
    }

    /// <summary>Reports how many listeners this gateway has.</summary>
    public async Task<StreamStatus> ReportAsync(PresenceReport report)
    {
        using var question = new Question(this);
        var status = await grain.Report(report);
        question.Stream?.TakeReport(question.Stamp(status));
        return status;
    }

    /// <summary>Closes the stream: see <see cref="IStreamGrain.Close"/>.</summary>
    public async Task<ChangeResult> CloseAsync(TimeSpan patience)
    {
        using var question = new Question(this);
        var answer = await grain.Close(patience);
        if (answer.Outcome is PushOutcome.Accepted or PushOutcome.Duplicate)
        {
            question.Stream?.TakeReceipt(question.Stamp(answer.Status), EndIn(answer));
            began?.Invoke(name);
        }

        return answer;
    }

    /// <summary>Ends the stream's history: see <see cref="IStreamGrain.Delete"/>.</summary>
    public async Task<ChangeResult> DeleteAsync(TimeSpan patience)
    {
        using var question = new Question(this);
        var answer = await grain.Delete(patience);
        if (answer.Outcome is PushOutcome.Accepted or PushOutcome.Duplicate)
        {
            question.Stream?.TakeStatus(question.Stamp(answer.Status));
        }

        return answer;
    }

    /// <summary>Changes the stream's settings: see <see cref="IStreamGrain.ChangeSettings"/>.</summary>
    public async Task<SettingsResult> ChangeSettingsAsync(SettingsChange change)
    {
        using var question = new Question(this);
        return await grain.ChangeSettings(change);
    }

    /// <summary>Asks for the stream's state.</summary>
    public async Task<StreamStatus> DescribeAsync()
    {
        using var question = new Question(this);
        var status = await grain.Describe();
        question.Stream?.TakeStatus(question.Stamp(status));
        return status;
    }

    private async Task<HistoryPage> PageAsync(HistoryQuery query)
    {
        try
        {
            return await grain.Read(query);
        }
        catch (HistoryAwayException away) when (away.OtherOwner)
        {
            // That owner found out just now, and has stepped down. The next one knows the history as it is.
            return await grain.Read(query);
        }
    }

    private void Receive(in Question question, PushItem[] items, PushResult answer)
    {
        // An answer with another outcome may come from a grain that is not the owner any more.
        if (answer.Outcome is not (PushOutcome.Accepted or PushOutcome.Duplicate))
        {
            return;
        }

        var receipt = question.Stamp(answer.Status);
        if (question.Stream is { } stream)
        {
            // A duplicate may differ from the first push in what its key does not cover. The messages of the first push are on their way already.
            // Those of an epoch that has ended meanwhile are gone.
            var mine = answer.Outcome == PushOutcome.Accepted && answer.FirstId.Epoch == answer.Status.Epoch;
            stream.TakeReceipt(receipt, mine ? Numbered(items, answer) : []);
        }

        if (answer.First == 1)
        {
            began?.Invoke(name);
        }
    }

    private StreamMessage[] EndIn(ChangeResult answer) =>
        answer.Epoch == answer.Status.Epoch ? [StreamMessage.EndOf(name, answer.Id, answer.At)] : [];

    private StreamMessage[] Numbered(PushItem[] items, PushResult answer)
    {
        var messages = new StreamMessage[items.Length];
        for (var i = 0; i < messages.Length; i++)
        {
            messages[i] = items[i].Numbered(answer.FirstId with { Sequence = answer.First + i }, name, answer.Timestamp);
        }

        return messages;
    }

    /// <summary>A call under way, and the stream that was to get its answer when the call began.</summary>
    private readonly struct Question : IDisposable
    {
        private readonly StreamOwner owner;
        private readonly ulong epoch;

        public Question(StreamOwner owner)
        {
            Interlocked.Increment(ref owner.calls);
            this.owner = owner;
            Stream = owner.stream;
            epoch = Stream?.Epoch ?? 0;
        }

        public IOwnerAnswers? Stream { get; }

        public OwnerAnswer Stamp(StreamStatus status)
        {
            owner.hasHistory = status.Head != 0;
            return new(status, epoch);
        }

        public void Dispose() => Interlocked.Decrement(ref owner.calls);
    }
}
