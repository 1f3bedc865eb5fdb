using System.Collections.Concurrent;
using Webstream.Gateway.Streams;
using Webstream.Protocol;

namespace Webstream.Gateway.Reading;

/// <summary>
/// The readers that wait for a stream's first message, or for its first listener. The cluster keeps nothing for them: otherwise readers could
/// make it hold any number of invented names. A push through this gateway ends the wait at once, one elsewhere within a <see cref="Period"/>.
/// </summary>
internal sealed class FirstMessages
{
    /// <summary>How often the gateway checks whether a stream that a reader waits for has begun.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<StreamName, Watch> watches = new();
    private readonly StreamStates states;
    private readonly TimeProvider time;

    public FirstMessages(StreamStates states, StreamRegistry streams, TimeProvider time)
    {
        (this.states, this.time) = (states, time);
        streams.Began += Came;
    }

    /// <summary>Whether anybody waits for a stream.</summary>
    public bool IsWaitedFor(StreamName stream) => watches.ContainsKey(stream);

    /// <summary>Waits until a stream has history or listeners; not at all when it has.</summary>
    public async Task WaitAsync(StreamName stream, CancellationToken cancellationToken)
    {
        var watch = Join(stream);
        try
        {
            await watch.Begun.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            Leave(stream, watch);
        }
    }

    // A stream's first message is in its history.
    private void Came(StreamName stream)
    {
        if (watches.TryGetValue(stream, out var watch))
        {
            watch.Begun.TrySetResult();
        }
    }

    private Watch Join(StreamName stream)
    {
        lock (gate)
        {
            if (!watches.TryGetValue(stream, out var watch))
            {
                watches[stream] = watch = new();
                // One loop checks the stream, however many readers wait for it.
                _ = LookAsync(stream, watch);
            }

            watch.Waiting++;
            return watch;
        }
    }

    private void Leave(StreamName stream, Watch watch)
    {
        lock (gate)
        {
            if (--watch.Waiting == 0)
            {
                watches.TryRemove(new(stream, watch));
                watch.Left.Cancel();
                watch.Left.Dispose();
            }
        }
    }

    private async Task LookAsync(StreamName stream, Watch watch)
    {
        var left = watch.Left.Token;
        while (!left.IsCancellationRequested && !watch.Begun.Task.IsCompleted)
        {
            try
            {
                if (await states.FindUnusedAsync(stream) is null)
                {
                    watch.Begun.TrySetResult();
                    return;
                }
            }
            catch (WebstreamException)
            {
                // The cluster is away: the readers wait on.
            }

            await Task.Delay(Period, time, left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private sealed class Watch
    {
        public int Waiting { get; set; }

        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationTokenSource Left { get; } = new();
    }
}
