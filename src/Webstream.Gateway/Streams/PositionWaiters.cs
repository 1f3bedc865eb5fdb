using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>The callers that wait for a stream to get beyond a position. Used under the stream's gate.</summary>
internal sealed class PositionWaiters
{
    private readonly HashSet<Waiter> waiting = [];

    /// <summary>How many callers wait.</summary>
    public int Count => waiting.Count;

    /// <summary>Makes a waiter whose task completes when the stream is beyond a position, or in another epoch.</summary>
    public Waiter Add(EventId position, EventId now)
    {
        var waiter = new Waiter(position);
        if (waiter.IsDoneAt(now))
        {
            waiter.TrySetResult();
        }
        else
        {
            waiting.Add(waiter);
        }

        return waiter;
    }

    /// <summary>Forgets a waiter that has given up.</summary>
    public void Remove(Waiter waiter) => waiting.Remove(waiter);

    public void Release(EventId now)
    {
        foreach (var waiter in waiting)
        {
            if (waiter.IsDoneAt(now))
            {
                waiter.TrySetResult();
                waiting.Remove(waiter);
            }
        }
    }

    /// <summary>Waits until the stream is beyond a position.</summary>
    internal sealed class Waiter(EventId position) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public bool IsDoneAt(EventId now) => now.Epoch != position.Epoch || now.Sequence > position.Sequence;
    }
}
