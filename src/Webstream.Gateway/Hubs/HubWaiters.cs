using Webstream.Protocol;

namespace Webstream.Gateway.Hubs;

/// <summary>Those who wait for a hub to get somewhere. Used under its hub's gate.</summary>
internal sealed class HubWaiters
{
    private readonly List<(EventId Position, TaskCompletionSource Done)> waiting = [];

    /// <summary>Completes when the hub is beyond a position, or in another epoch.</summary>
    public Task WaitBeyondAsync(EventId position, EventId now)
    {
        if (IsBeyond(now, position))
        {
            return Task.CompletedTask;
        }

        // Those who gave up are still in the list: they go with the next message, or now.
        waiting.RemoveAll(waiter => waiter.Done.Task.IsCompleted);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting.Add((position, done));
        return done.Task;
    }

    public void Release(EventId now)
    {
        for (var i = waiting.Count - 1; i >= 0; i--)
        {
            if (IsBeyond(now, waiting[i].Position))
            {
                waiting[i].Done.TrySetResult();
                waiting.RemoveAt(i);
            }
        }
    }

    private static bool IsBeyond(EventId now, EventId position) =>
        now.Epoch != position.Epoch || now.Sequence > position.Sequence;
}
