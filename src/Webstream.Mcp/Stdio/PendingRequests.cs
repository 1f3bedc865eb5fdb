using ModelContextProtocol.Protocol;

namespace Webstream.Mcp.Stdio;

/// <summary>The requests that have come and are not answered yet, and how much memory they take.</summary>
/// <param name="room">How many bytes they may take before no more requests are read.</param>
internal sealed class PendingRequests(long room = 16 * 1024 * 1024)
{
    // The bytes that the library keeps for a request besides its text.
    private const int Overhead = 8 * 1024;

    private readonly Lock gate = new();
    // The count of each id: a client that uses an id twice gets two answers.
    private readonly Dictionary<RequestId, (int Count, long Bytes)> ids = [];
    private long taken;
    private TaskCompletionSource? none;
    private TaskCompletionSource? space;

    /// <summary>Their ids.</summary>
    public IReadOnlyList<RequestId> Ids
    {
        get
        {
            lock (gate)
            {
                return [.. ids.Keys];
            }
        }
    }

    /// <summary>A request of so many bytes is on its way.</summary>
    public void Begin(RequestId id, int bytes)
    {
        lock (gate)
        {
            var before = ids.GetValueOrDefault(id);
            ids[id] = (before.Count + 1, before.Bytes + bytes + Overhead);
            taken += bytes + Overhead;
        }
    }

    /// <summary>The request was answered, or its answer is not wanted any more.</summary>
    public void End(RequestId id)
    {
        lock (gate)
        {
            if (!ids.TryGetValue(id, out var pending))
            {
                return;
            }

            if (pending.Count > 1)
            {
                ids[id] = pending with { Count = pending.Count - 1 };
                return;
            }

            ids.Remove(id);
            taken -= pending.Bytes;
            if (taken < room)
            {
                space?.TrySetResult();
            }

            if (ids.Count == 0)
            {
                none?.TrySetResult();
            }
        }
    }

    /// <summary>Waits until there is room for another request, or the token is cancelled.</summary>
    public async Task WhenRoomAsync(CancellationToken cancellationToken)
    {
        Task task;
        lock (gate)
        {
            if (taken < room)
            {
                return;
            }

            space = new(TaskCreationOptions.RunContinuationsAsynchronously);
            task = space.Task;
        }

        await task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Waits until no request is pending, but at most this long.</summary>
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
