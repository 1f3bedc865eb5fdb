using ModelContextProtocol.Protocol;

namespace Webstream.Mcp.Stdio;

/// <summary>The requests that have come and are not answered yet.</summary>
internal sealed class PendingRequests
{
    private readonly Lock gate = new();
    private readonly HashSet<RequestId> ids = [];
    private TaskCompletionSource? none;

    /// <summary>Their ids.</summary>
    public IReadOnlyList<RequestId> Ids
    {
        get
        {
            lock (gate)
            {
                return [.. ids];
            }
        }
    }

    public void Begin(RequestId id)
    {
        lock (gate)
        {
            ids.Add(id);
        }
    }

    /// <summary>The request was answered, or its answer is not wanted any more.</summary>
    public void End(RequestId id)
    {
        lock (gate)
        {
            if (ids.Remove(id) && ids.Count == 0)
            {
                none?.TrySetResult();
            }
        }
    }

    /// <summary>Waits until there is none, but not longer than this.</summary>
    public async Task WhenNoneAsync(TimeSpan most, TimeProvider time, CancellationToken cancellationToken = default)
    {
        Task task;
        lock (gate)
        {
            if (ids.Count == 0)
            {
                return;
            }

            none = new(TaskCreationOptions.RunContinuationsAsynchronously);
            task = none.Task;
        }

        await task.WaitAsync(most, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
