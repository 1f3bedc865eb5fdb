using System.Collections.Concurrent;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

/// <summary>An owner of a stream without a cluster. Its answers can be held up or fail.</summary>
internal sealed class GrainDouble : IStreamGrain
{
    private readonly Lock gate = new();
    private readonly List<StreamMessage> messages = [];
    private ulong epoch;
    private long oldest = 1;
    private ulong forgotten;
    private ulong deleted;
    private Guid activation = Guid.NewGuid();

    public ConcurrentQueue<PresenceReport> Reports { get; } = [];

    public ConcurrentQueue<HistoryQuery> Reads { get; } = [];

    /// <summary>The calls with pushes, in their order.</summary>
    public ConcurrentQueue<PushCommand[]> PushCalls { get; } = [];

    /// <summary>Awaited before pushes are taken.</summary>
    public Func<Task>? BeforePush { get; set; }

    /// <summary>Which pushes a call with several pushes leaves undecided.</summary>
    public Func<PushCommand, bool>? IsUndecided { get; set; }

    /// <summary>The outcome of pushes. Only accepted pushes are committed.</summary>
    public PushOutcome Outcome { get; set; }

    /// <summary>Awaited before a report is taken.</summary>
    public Func<PresenceReport, Task>? BeforeReport { get; set; }

    /// <summary>Awaited before the answer to a report arrives; the answer tells the state from before.</summary>
    public Func<Task>? AfterReport { get; set; }

    /// <summary>Awaited before a page is read.</summary>
    public Func<HistoryQuery, Task>? BeforeRead { get; set; }

    /// <summary>The life of the epoch; 0 as with an owner of an older version.</summary>
    public long Life { get; set; }

    /// <summary>The owner's clock; none: it does not tell.</summary>
    public Func<DateTimeOffset>? Clock { get; set; }

    public StreamStatus Status
    {
        get
        {
            lock (gate)
            {
                return new()
                {
                    Epoch = epoch,
                    Head = messages.Count,
                    Oldest = oldest,
                    Clients = 0,
                    Gateways = 0,
                    Activation = activation,
                    Settled = true,
                    Forgotten = forgotten,
                    Deleted = deleted,
                    Life = Life,
                    AnsweredAt = Clock?.Invoke(),
                    End = messages.Count > 0 && messages[^1].IsEnd ? messages.Count : 0,
                    LastMessageAt = messages.Count > 0 ? messages[^1].Timestamp : null,
                };
            }
        }
    }

    /// <summary>Commits messages; the first ones begin an epoch.</summary>
    public StreamEvent Push(int count, int padding = 0, DateTimeOffset? at = null)
    {
        lock (gate)
        {
            epoch = epoch == 0 ? 0xe1 : epoch;
            for (var i = 0; i < count; i++)
            {
                messages.Add(TestMessages.Numbered(epoch, messages.Count + 1, padding, at));
            }

            return new(epoch, messages.Count, activation, [.. messages[^count..]]);
        }
    }

    /// <summary>Drops the history up to this sequence: it is not retained any more.</summary>
    public void DropUpTo(long sequence)
    {
        lock (gate)
        {
            oldest = sequence + 1;
        }
    }

    /// <summary>Loses the history, so that the stream begins another epoch.</summary>
    public void Lose(ulong nextEpoch)
    {
        lock (gate)
        {
            messages.Clear();
            (epoch, oldest, activation) = (nextEpoch, 1, Guid.NewGuid());
        }
    }

    /// <summary>Lets the stream give way to others.</summary>
    public void Forget()
    {
        lock (gate)
        {
            messages.Clear();
            (forgotten, epoch, oldest) = (epoch, 0, 1);
        }
    }

    /// <summary>Deletes the history: another epoch begins without messages.</summary>
    public StreamEvent Delete(ulong nextEpoch)
    {
        lock (gate)
        {
            messages.Clear();
            (deleted, epoch, oldest) = (epoch, nextEpoch, 1);
            Life++;
            return new(epoch, 0, activation, []);
        }
    }

    /// <summary>Commits the end mark.</summary>
    public StreamEvent End()
    {
        lock (gate)
        {
            messages.Add(StreamMessage.EndOf(StreamName.Main, new(epoch, messages.Count + 1), DateTimeOffset.UnixEpoch));
            return new(epoch, messages.Count, activation, [messages[^1]]);
        }
    }

    /// <summary>Begins another activation with the same history.</summary>
    public void Reactivate()
    {
        lock (gate)
        {
            activation = Guid.NewGuid();
        }
    }

    public async Task<StreamStatus> Report(PresenceReport report)
    {
        Reports.Enqueue(report);
        await (BeforeReport?.Invoke(report) ?? Task.CompletedTask);
        var status = Status;
        await (AfterReport?.Invoke() ?? Task.CompletedTask);
        return status;
    }

    public async Task<HistoryPage> Read(HistoryQuery query)
    {
        Reads.Enqueue(query);
        await (BeforeRead?.Invoke(query) ?? Task.CompletedTask);
        lock (gate)
        {
            var page = new List<StreamMessage>();
            for (var next = Math.Max(query.After + 1, oldest); next <= messages.Count && page.Count < query.MaxMessages; next++)
            {
                page.Add(messages[(int)next - 1]);
                if (page.Sum(m => m.Size) >= query.MaxBytes)
                {
                    break;
                }
            }

            return new(Status, [.. page]);
        }
    }

    public Task<ChangeResult> Close(TimeSpan patience) => throw new NotSupportedException();

    public Task<ChangeResult> Delete(TimeSpan patience) => throw new NotSupportedException();

    public Task<SettingsResult> ChangeSettings(SettingsChange change) => throw new NotSupportedException();

    public Task<bool> GiveWay(ulong epoch, long head) => throw new NotSupportedException();

    public Task Reopen() => throw new NotSupportedException();

    public Task<StreamStatus> Describe() => Task.FromResult(Status);

    public async Task<PushResult> Push(PushCommand command)
    {
        PushCalls.Enqueue([command]);
        await (BeforePush?.Invoke() ?? Task.CompletedTask);
        return Accept(command);
    }

    public async Task<PushResult?[]> PushEach(PushCommand[] commands)
    {
        PushCalls.Enqueue(commands);
        await (BeforePush?.Invoke() ?? Task.CompletedTask);
        return Array.ConvertAll(commands, command => IsUndecided?.Invoke(command) == true ? null : Accept(command));
    }

    private PushResult Accept(PushCommand command)
    {
        var count = command.Items.Length;
        if (Outcome != PushOutcome.Accepted)
        {
            return new() { Outcome = Outcome, First = 1, Status = Status, Count = count };
        }

        return new() { Outcome = PushOutcome.Accepted, First = Push(count).Head - count + 1, Status = Status, Count = count };
    }
}
