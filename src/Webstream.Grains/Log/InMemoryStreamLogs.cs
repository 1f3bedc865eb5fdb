using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Webstream.Protocol;

namespace Webstream.Grains.Log;

/// <summary>The histories that live in this silo's memory, and the bound on all of them together.</summary>
internal sealed class InMemoryStreamLogs(IOptions<LogOptions> options, TimeProvider time) : IStreamLogs
{
    private readonly ConcurrentDictionary<StreamName, InMemoryStreamLog> held = new();
    private readonly Lock gate = new();
    private long total;
    private long quietestAt;
    private int places;

    public bool DiesWithSilo => true;

    public LogOptions Options { get; } = options.Value;

    public TimeProvider Time { get; } = time;

    /// <summary>The streams that gave way.</summary>
    public ForgottenEpochs Forgotten { get; } = new();

    /// <summary>What all retained messages weigh, in bytes.</summary>
    public long TotalBytes => Interlocked.Read(ref total);

    // A log is held from its first append on: asking for one leaves nothing behind.
    public IStreamLog LogOf(StreamName stream) =>
        held.TryGetValue(stream, out var log) ? log : new InMemoryStreamLog(stream, this);

    public ValueTask<FoundLog> FindAsync(StreamName stream, CancellationToken cancellationToken) =>
        new(new FoundLog(held.TryGetValue(stream, out var log) ? log.Range : LogRange.Empty, Forgotten.Of(stream)));

    public ValueTask<IReadOnlyList<ListedLog>> ListAsync(string prefix, string? after, int limit, CancellationToken cancellationToken) => new(
    [
        .. held.Values
            .Where(log => log.HeadAtTicks > 0 && log.Stream.Value.StartsWith(prefix, StringComparison.Ordinal) && (after is null || string.CompareOrdinal(log.Stream.Value, after) > 0))
            .OrderBy(log => log.Stream.Value, StringComparer.Ordinal)
            .Take(limit)
            .Select(log => new ListedLog(log.Stream, log.Range)),
    ]);

    public ValueTask<IReadOnlyList<ListedLog>> QuietestAsync(DateTimeOffset quietSince, int limit, CancellationToken cancellationToken)
    {
        // What was the quietest stream when they were last looked through is at least as young now, and every new one is younger.
        if (quietSince.UtcTicks <= Volatile.Read(ref quietestAt))
        {
            return new([]);
        }

        lock (gate)
        {
            var logs = held.Select(h => (Log: h.Value, At: h.Value.HeadAtTicks)).Where(l => l.At > 0).ToArray();
            Volatile.Write(ref quietestAt, logs.Length > 0 ? logs.Min(l => l.At) : 0);
            return new([.. logs.Where(l => l.At < quietSince.UtcTicks).OrderBy(l => l.At).Take(limit).Select(l => new ListedLog(l.Log.Stream, l.Log.Range))]);
        }
    }

    /// <summary>Gives a log a place that is about to get its first message.</summary>
    /// <returns>None when it is held. Full when as many streams are held as may be. Refused when another owner of the stream has one here.</returns>
    public AppendResult? Admit(InMemoryStreamLog log)
    {
        if (held.TryGetValue(log.Stream, out var known))
        {
            return known == log ? null : AppendResult.Refused;
        }

        // Told without the gate: who brings new names to a full log must not hold up the others.
        if (Volatile.Read(ref places) >= Options.MaxStreams)
        {
            return AppendResult.Full;
        }

        lock (gate)
        {
            if (places >= Options.MaxStreams)
            {
                return AppendResult.Full;
            }

            if (!held.TryAdd(log.Stream, log))
            {
                return AppendResult.Refused;
            }

            Interlocked.Increment(ref places);
            return null;
        }
    }

    /// <summary>Whether the log is the one of its stream.</summary>
    public bool Holds(InMemoryStreamLog log) => held.TryGetValue(log.Stream, out var known) && known == log;

    /// <summary>Lets go of a log, under that one's gate, so that nothing can be appended to it unseen.</summary>
    public void Forget(InMemoryStreamLog log)
    {
        if (held.TryRemove(new(log.Stream, log)))
        {
            Interlocked.Decrement(ref places);
        }
    }

    /// <summary>Keeps the sum of what the logs retain.</summary>
    public void Account(int bytes) => Interlocked.Add(ref total, bytes);

    /// <summary>
    /// Takes from the largest logs until the total is well below its bound: those who fill the memory pay for it.
    /// When each is down to its newest message, those go whose stream has been quiet for longest, but never the one just appended.
    /// </summary>
    public void KeepWithinTotal(InMemoryStreamLog appended)
    {
        if (TotalBytes <= Options.TotalBytes)
        {
            return;
        }

        lock (gate)
        {
            // A tenth below, so that the search for the largest does not come with every append from then on.
            var target = Options.TotalBytes / 10 * 9;
            var logs = held.Select(h => h.Value).ToArray();
            while (TotalBytes > target && logs.Where(log => log.Count > 1).MaxBy(log => log.Bytes) is { } largest)
            {
                largest.Release(Math.Max(largest.Bytes / 4, 1), keep: 1);
            }

            foreach (var quietest in logs.Where(log => log != appended).OrderBy(log => log.Range.HeadAt))
            {
                if (TotalBytes <= target)
                {
                    return;
                }

                quietest.Release(quietest.Bytes, keep: 0);
            }
        }
    }
}
