using System.Net;
using Webstream.Gateway.Access;

namespace Webstream.Gateway.Audit;

/// <summary>A kind of refusal: to whom, from where, of what.</summary>
internal readonly record struct RefusalKind(string Who, IPAddress? Address, AccessAction Action, int Status);

/// <summary>
/// Counts the refusals of a minute, so that nobody fills the log with them: the first of each kind is a line at once, and the number of the others
/// is one when the minute is over. At most <see cref="MostKinds"/> kinds a minute have lines of their own.
/// </summary>
internal sealed class RefusalCounts : IDisposable
{
    /// <summary>The most kinds of a minute.</summary>
    public const int MostKinds = 100;

    /// <summary>How long refusals are counted together.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly ITimer timer;
    private readonly Dictionary<RefusalKind, int> more = [];
    private readonly ILogger logger;
    private int others;

    public RefusalCounts(ILogger logger, TimeProvider time)
    {
        this.logger = logger;
        timer = time.CreateTimer(_ => Tell(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Counts a refusal, and writes it if it is the first of its kind.</summary>
    public void Add(RefusalKind kind, string path, string notes)
    {
        lock (gate)
        {
            if (more.Count == 0)
            {
                timer.Change(Period, Timeout.InfiniteTimeSpan);
            }

            if (more.TryGetValue(kind, out var count))
            {
                more[kind] = count + 1;
                return;
            }

            if (more.Count == MostKinds)
            {
                others++;
                return;
            }

            more.Add(kind, 0);
        }

        AuditLines.Refusal(logger, kind.Who, kind.Address, $"{kind.Action}", path, notes, kind.Status);
    }

    /// <summary>Writes the counts of a minute that is not over.</summary>
    public void Dispose()
    {
        timer.Dispose();
        Tell();
    }

    private void Tell()
    {
        lock (gate)
        {
            foreach (var (kind, count) in more.Where(entry => entry.Value > 0))
            {
                AuditLines.Refusals(logger, kind.Who, kind.Address, $"{kind.Action}", count, kind.Status);
            }

            if (others > 0)
            {
                AuditLines.OtherRefusals(logger, others);
            }

            more.Clear();
            others = 0;
        }
    }
}
