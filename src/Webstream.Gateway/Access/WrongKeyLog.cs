using System.Diagnostics.Metrics;
using Webstream.Gateway.Memory;

namespace Webstream.Gateway.Access;

/// <summary>Logs wrong keys: the first one, and then at most one line a minute that counts the others. Safe for any thread.</summary>
internal sealed partial class WrongKeyLog : IDisposable
{
    /// <summary>The time between two lines.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    // Whoever has many addresses shall not fill the memory.
    private const int MostAddresses = 1000;

    private readonly Lock gate = new();
    private readonly Dictionary<CallerAddress, long> counts = [];
    private readonly ILogger<WrongKeyLog> logger;
    private readonly ITimer timer;
    private long total;
    private long pending;
    private bool waits;

    public WrongKeyLog(TimeProvider time, IMeterFactory meters, ILogger<WrongKeyLog> logger)
    {
        this.logger = logger;
        // It is set only after a line: an idle gateway shall not wake up.
        timer = time.CreateTimer(static state => ((WrongKeyLog)state!).Tell(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        meters.Create(GatewayMetrics.MeterName).CreateObservableCounter(
            "webstream.keys.wrong", () => Interlocked.Read(ref total), "{request}", "Requests that were refused and had a wrong key");
    }

    /// <summary>A wrong key came from an address.</summary>
    public void Add(CallerAddress address)
    {
        Interlocked.Increment(ref total);
        lock (gate)
        {
            if (waits)
            {
                pending++;
                if (counts.Count < MostAddresses || counts.ContainsKey(address))
                {
                    counts[address] = counts.GetValueOrDefault(address) + 1;
                }

                return;
            }

            Wait();
        }

        LogFirst(logger, address);
    }

    public void Dispose() => timer.Dispose();

    private void Tell()
    {
        long count;
        int addresses;
        KeyValuePair<CallerAddress, long> most;
        lock (gate)
        {
            waits = false;
            if (pending == 0)
            {
                return;
            }

            (count, addresses, most) = (pending, counts.Count, counts.MaxBy(one => one.Value));
            pending = 0;
            counts.Clear();
            Wait();
        }

        LogMore(logger, count, most.Key, most.Value, addresses);
    }

    // Under the gate.
    private void Wait()
    {
        waits = true;
        timer.Change(Period, Timeout.InfiniteTimeSpan);
    }

    [LoggerMessage(1, LogLevel.Warning, "A wrong key came from the address {Address}, and was refused. Those that follow are counted, in a line a minute")]
    private static partial void LogFirst(ILogger logger, CallerAddress address);

    [LoggerMessage(2, LogLevel.Warning, "{Count} more wrong keys came within a minute: {Most} from the address {Address}, and from {Addresses} addresses in all")]
    private static partial void LogMore(ILogger logger, long count, CallerAddress address, long most, int addresses);
}
