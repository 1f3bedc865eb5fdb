namespace Webstream.Gateway.Memory;

/// <summary>The callers that wait for memory: a queue (line) for each address, and the queues take turns. Used under its owner's gate.</summary>
internal sealed class CallerLines
{
    private readonly Dictionary<CallerAddress, LinkedListNode<Line>> lines = [];
    private readonly LinkedList<Line> inTurn = [];

    /// <summary>How many queues there are.</summary>
    public int Count => inTurn.Count;

    /// <summary>The first waiter of the queue whose turn it is.</summary>
    public Waiter First => inTurn.First!.Value.Waiters.First!.Value;

    /// <summary>How many waiters are in an address's queue.</summary>
    public int Length(CallerAddress caller) => lines.TryGetValue(caller, out var line) ? line.Value.Waiters.Count : 0;

    /// <summary>Puts a waiter at the end of its address's queue.</summary>
    public Waiter Add(CallerAddress caller, long bytes)
    {
        if (!lines.TryGetValue(caller, out var line))
        {
            lines.Add(caller, line = inTurn.AddLast(new Line()));
        }

        var waiter = new Waiter(caller, bytes);
        waiter.Place = line.Value.Waiters.AddLast(waiter);
        return waiter;
    }

    /// <summary>Takes a waiter out; false when it was out already.</summary>
    public bool Remove(Waiter waiter)
    {
        if (waiter.Place is not { List: { } line } place)
        {
            return false;
        }

        line.Remove(place);
        if (line.Count == 0 && lines.Remove(waiter.Caller, out var empty))
        {
            inTurn.Remove(empty);
        }

        return true;
    }

    /// <summary>Gives the turn to the next queue.</summary>
    public void Rotate()
    {
        if (inTurn.First is { } first)
        {
            inTurn.RemoveFirst();
            inTurn.AddLast(first);
        }
    }

    /// <summary>A caller that waits. Its task completes when it has its bytes.</summary>
    internal sealed class Waiter(CallerAddress caller, long bytes) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public CallerAddress Caller => caller;

        public long Bytes => bytes;

        public LinkedListNode<Waiter>? Place { get; set; }
    }

    private sealed class Line
    {
        public LinkedList<Waiter> Waiters { get; } = [];
    }
}
