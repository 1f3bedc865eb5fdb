using System.Collections.Concurrent;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

/// <summary>An owner of a stream without a cluster; answers can be held up or fail.</summary>
internal sealed class GrainDouble : IStreamGrain
{
    private readonly Lock gate = new();
    private readonly List<StreamMessage> messages = [];
    private ulong epoch;
    private long oldest = 1;
    private ulong forgotten;
    private Guid activation = Guid.NewGuid();

    public ConcurrentQueue<PresenceReport> Reports { get; } = [];

    public ConcurrentQueue<HistoryQuery> Reads { get; } = [];

    /// <summary>The calls with pushes, in their order.</summary>
    public ConcurrentQueue<PushCommand[]> PushCalls { get; } = [];

    /// <summary>Waited for before pushes are taken.</summary>
    public Func<Task>? BeforePush { get; set; }

    /// <summary>Which pushes a call of several leaves undecided.</summary>
    public Func<PushCommand, bool>? IsUndecided { get; set; }

    /// <summary>What becomes of pushes. Only accepted ones are committed.</summary>
    public PushOutcome Outcome { get; set; }

    /// <summary>Waited for before a report is taken.</summary>
    public Func<PresenceReport, Task>? BeforeReport { get; set; }

    /// <summary>Waited for before the answer to a report arrives, which tells the state before.</summary>
    public Func<Task>? AfterReport { get; set; }

    /// <summary>Waited for before a page is read.</summary>
    public Func<HistoryQuery, Task>? BeforeRead { get; set; }

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
                };
            }
        }
    }

    /// <summary>Commits messages; the first ones begin an epoch.</summary>
    public StreamEvent Push(int count, int padding = 0)
    {
        lock (gate)
        {
            epoch = epoch == 0 ? 0xe1 : epoch;
            for (var i = 0; i < count; i++)
            {
                messages.Add(TestMessages.Numbered(epoch, messages.Count + 1, padding));
            }

            return new(epoch, messages.Count, activation, [.. messages[^count..]]);
        }
    }

    /// <summary>History up to here is not retained any more.</summary>
    public void DropUpTo(long sequence)
    {
        lock (gate)
        {
            oldest = sequence + 1;
        }
    }

    /// <summary>The history is lost, and another life of the stream begins.</summary>
    public void Lose(ulong nextEpoch)
    {
        lock (gate)
        {
            messages.Clear();
            (epoch, oldest, activation) = (nextEpoch, 1, Guid.NewGuid());
        }
    }

    /// <summary>The stream gives way to others.</summary>
    public void Forget()
    {
        lock (gate)
        {
            messages.Clear();
            (forgotten, epoch, oldest) = (epoch, 0, 1);
        }
    }

    /// <summary>Another activation with the same history.</summary>
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

    public Task<bool> GiveWay(ulong epoch, long head) => throw new NotSupportedException();

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
