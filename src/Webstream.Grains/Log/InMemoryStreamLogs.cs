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

    public bool DiesWithSilo => true;

    public LogOptions Options { get; } = options.Value;

    public TimeProvider Time { get; } = time;

    /// <summary>What all retained messages weigh, in bytes.</summary>
    public long TotalBytes => Interlocked.Read(ref total);

    // A log is held from its first append on: asking for one leaves nothing behind.
    public IStreamLog LogOf(StreamName stream) =>
        held.TryGetValue(stream, out var log) ? log : new InMemoryStreamLog(stream, this);

    /// <summary>Makes room for a log that is about to get its first message.</summary>
    /// <returns>False when as many streams are held as may be, and each has history.</returns>
    public bool TryAdmit(InMemoryStreamLog log)
    {
        if (held.TryGetValue(log.Stream, out var known))
        {
            return known == log;
        }

        lock (gate)
        {
            if (held.Count >= Options.MaxStreams && !TryForgetOne())
            {
                return false;
            }

            return held.TryAdd(log.Stream, log);
        }
    }

    /// <summary>Keeps the sum of what the logs retain.</summary>
    public void Account(int bytes) => Interlocked.Add(ref total, bytes);

    /// <summary>Takes from the largest logs until the total is well below its bound: those who fill the memory pay for it.</summary>
    public void KeepWithinTotal()
    {
        if (TotalBytes <= Options.TotalBytes)
        {
            return;
        }

        lock (gate)
        {
            // A tenth below, so that the search for the largest does not come with every append from then on.
            var target = Options.TotalBytes / 10 * 9;
            while (TotalBytes > target && held.Values.MaxBy(log => log.Bytes) is { } largest)
            {
                var before = largest.Bytes;
                largest.Release(Math.Max(before / 4, 1));
                if (largest.Bytes == before)
                {
                    // Each log is down to its newest message.
                    return;
                }
            }
        }
    }

    private bool TryForgetOne()
    {
        foreach (var (name, log) in held)
        {
            if (log.TryForget())
            {
                return held.TryRemove(name, out _);
            }
        }

        return false;
    }
}
