using System.Collections.Concurrent;

namespace Webstream.Bench.Measuring;

/// <summary>The failures and their counts: fifteen thousand equal failures are one line.</summary>
internal sealed class FailureTally
{
    private readonly ConcurrentDictionary<string, int> _counts = new();
    private int _total;

    public int Total => Volatile.Read(ref _total);

    public void Add(string reason)
    {
        _counts.AddOrUpdate(reason, 1, (_, count) => count + 1);
        Interlocked.Increment(ref _total);
    }

    public IEnumerable<string> Describe() =>
        _counts.OrderByDescending(c => c.Value).Select(c => $"{c.Key} ({c.Value} times)");
}
