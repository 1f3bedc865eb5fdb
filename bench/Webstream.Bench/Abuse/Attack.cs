using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;

namespace Webstream.Bench.Abuse;

/// <summary>The means of a scenario to attack, and how long it may attack.</summary>
/// <param name="target">The gateway.</param>
/// <param name="source">The loopback address to connect from: each address has ports of its own.</param>
/// <param name="key">The key for pushing, where the gateway wants one.</param>
/// <param name="pid">The gateway's process.</param>
/// <param name="duration">How long the attack goes on.</param>
internal sealed class Attack(Target target, IPAddress source, string? key, int pid, TimeSpan duration)
{
    // Two runs against the same gateway must not share names.
    private readonly string _run = $"abuse-{Guid.NewGuid():N}"[..12];
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly string _head = $" HTTP/1.1\r\nHost: {target.Host}\r\n{(key is null ? "" : $"Authorization: Bearer {key}\r\n")}";

    public Target Target => target;

    public IPAddress Source => source;

    public string? Key => key;

    public int Pid => pid;

    public TimeSpan Duration => duration;

    /// <summary>When the attack ends, in stopwatch ticks; at once until it has begun.</summary>
    public long Deadline { get; private set; }

    public bool IsOver => Stopwatch.GetTimestamp() >= Deadline;

    /// <summary>The attacker's requests and their answers, counted for the report.</summary>
    public IReadOnlyDictionary<string, long> Counts
    {
        get
        {
            lock (_counts)
            {
                return new SortedDictionary<string, long>(_counts, StringComparer.Ordinal);
            }
        }
    }

    public void Begin()
    {
        // The counts so far belong to the preparation.
        lock (_counts)
        {
            _counts.Clear();
        }

        Deadline = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
    }

    public void Count(string what, long by = 1)
    {
        lock (_counts)
        {
            _counts[what] = _counts.GetValueOrDefault(what) + by;
        }
    }

    /// <summary>The rate for so many operations, so that half of the time is left when all are done.</summary>
    public double RateFor(int count) => count / (duration.TotalSeconds / 2);

    /// <summary>A stream's name that this run alone uses.</summary>
    public string Name(string kind, long number) => string.Create(CultureInfo.InvariantCulture, $"{_run}-{kind}{number}");

    public byte[] Get(string path) => Encoding.ASCII.GetBytes($"GET {path}{_head}\r\n");

    public byte[] Post(string path, string type, string body) => [.. PostHead(path, type, Encoding.UTF8.GetByteCount(body)), .. Encoding.UTF8.GetBytes(body)];

    /// <summary>The head of a push whose body is announced.</summary>
    public byte[] PostHead(string path, string type, int length) =>
        Encoding.ASCII.GetBytes($"POST {path}{_head}Content-Type: {type}\r\nContent-Length: {length}\r\n\r\n");

    /// <summary>The head of a request without its end.</summary>
    public byte[] OpenHead(string path) => Encoding.ASCII.GetBytes($"GET {path}{_head}");
}
