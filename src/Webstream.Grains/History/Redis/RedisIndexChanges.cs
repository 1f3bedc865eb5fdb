using StackExchange.Redis;
using Webstream.Protocol;

namespace Webstream.Grains.History.Redis;

/// <summary>
/// The changes of the list of streams that are not written yet: the last one of each stream. They are written together, once a second and sooner
/// when much was appended. No answer to a push waits for that write. Safe for any thread.
/// </summary>
internal sealed class RedisIndexChanges : IDisposable
{
    private const int MaxTogether = 500;

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly Func<IEnumerable<RedisValue>, Task> write;
    private readonly Func<long> enough;
    private readonly Lock gate = new();
    private readonly Dictionary<string, ListedState> pending = new(StringComparer.Ordinal);
    private readonly ITimer timer;
    private Task flushing = Task.CompletedTask;
    private bool writing;
    private long appended;

    /// <param name="write">Writes changes: name, time, weight, key and bytes of each stream.</param>
    /// <param name="enough">After how many appended bytes they are written at once.</param>
    /// <param name="time">The clock.</param>
    public RedisIndexChanges(Func<IEnumerable<RedisValue>, Task> write, Func<long> enough, TimeProvider time)
    {
        (this.write, this.enough) = (write, enough);
        timer = time.CreateTimer(_ => FlushAsync().Ignore(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Queues a change.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="what">What the list shall say of it.</param>
    /// <param name="atOnce">Write at once, without waiting for others.</param>
    /// <param name="grown">What was appended to it, in bytes.</param>
    public void Put(StreamName stream, ListedState what, bool atOnce, long grown)
    {
        bool now;
        lock (gate)
        {
            pending[stream.Value] = what;
            appended += grown;
            now = atOnce || appended > enough();
            if (!now && pending.Count == 1)
            {
                timer.Change(Pace, Timeout.InfiniteTimeSpan);
            }
        }

        if (now)
        {
            FlushAsync().Ignore();
        }
    }

    /// <summary>Forgets a queued change that says that the stream has no history.</summary>
    public void CancelGone(StreamName stream)
    {
        lock (gate)
        {
            if (pending.TryGetValue(stream.Value, out var what) && what.Weight < 0)
            {
                pending.Remove(stream.Value);
            }
        }
    }

    /// <summary>Writes the queued changes. Changes that cannot be written now stay queued.</summary>
    public Task FlushAsync()
    {
        lock (gate)
        {
            if (pending.Count > 0 && !writing)
            {
                writing = true;
                // Not on the turns of the grain that asked first.
                flushing = Task.Run(WriteAsync);
            }

            return flushing;
        }
    }

    public void Dispose() => timer.Dispose();

    private async Task WriteAsync()
    {
        while (Take() is { Length: > 0 } some)
        {
            try
            {
                await write(some.SelectMany(one => new RedisValue[] { one.Key, one.Value.Time, one.Value.Weight, one.Value.Founder, one.Value.Bytes }));
            }
            catch (HistoryAwayException)
            {
                PutBack(some);
                return;
            }
        }
    }

    private KeyValuePair<string, ListedState>[] Take()
    {
        lock (gate)
        {
            var some = pending.Take(MaxTogether).ToArray();
            writing = some.Length > 0;
            foreach (var one in some)
            {
                pending.Remove(one.Key);
            }

            appended = 0;
            return some;
        }
    }

    private void PutBack(KeyValuePair<string, ListedState>[] some)
    {
        lock (gate)
        {
            foreach (var one in some)
            {
                pending.TryAdd(one.Key, one.Value);
            }

            writing = false;
            timer.Change(Pace, Timeout.InfiniteTimeSpan);
        }
    }
}

/// <summary>What the list says of a stream.</summary>
/// <param name="Time">When its newest message was pushed, in milliseconds.</param>
/// <param name="Weight">What it retains, as weight; -1: nothing.</param>
/// <param name="Founder">The key that began it; empty: none did.</param>
/// <param name="Bytes">What it retains, in bytes of its messages.</param>
internal readonly record struct ListedState(long Time, long Weight, string Founder, long Bytes);
