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

    public ValueTask<bool> ExistsAsync(StreamName stream, CancellationToken cancellationToken) => new(held.ContainsKey(stream));

    public ValueTask<IReadOnlyList<ListedLog>> ListAsync(string prefix, string? after, int limit, CancellationToken cancellationToken) => new(
    [
        .. held.Values
            .Where(log => log.Stream.Value.StartsWith(prefix, StringComparison.Ordinal) && (after is null || string.CompareOrdinal(log.Stream.Value, after) > 0))
            .OrderBy(log => log.Stream.Value, StringComparer.Ordinal)
            .Take(limit)
            .Select(log => new ListedLog(log.Stream, log.Range)),
    ]);

    /// <summary>Makes room for a log that is about to get its first message.</summary>
    /// <returns>
    /// None when it is held. Full when as many streams are held as may be, and each has history.
    /// Refused when another owner of the stream has one here.
    /// </returns>
    public AppendResult? Admit(InMemoryStreamLog log)
    {
        if (held.TryGetValue(log.Stream, out var known))
        {
            return known == log ? null : AppendResult.Refused;
        }

        lock (gate)
        {
            if (held.Count >= Options.MaxStreams && !TryForgetOne())
            {
                return AppendResult.Full;
            }

            return held.TryAdd(log.Stream, log) ? null : AppendResult.Refused;
        }
    }

    /// <summary>Whether the log is the one of its stream.</summary>
    public bool Holds(InMemoryStreamLog log) => held.TryGetValue(log.Stream, out var known) && known == log;

    /// <summary>Lets go of a log, under that one's gate, so that nothing can be appended to it unseen.</summary>
    public void Forget(InMemoryStreamLog log) => held.TryRemove(new(log.Stream, log));

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

    private bool TryForgetOne() => held.Any(h => h.Value.TryForget());
}
