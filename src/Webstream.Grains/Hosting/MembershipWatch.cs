using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Clustering.Redis;
using Orleans.Runtime;

namespace Webstream.Grains.Hosting;

/// <summary>
/// Ends a silo that is no longer in the list of its cluster. If Redis comes back without that list, a running silo is never entered again. It
/// goes on and calls itself healthy, while gateways and silos that start never find it. A silo that is restarted enters itself.
/// </summary>
internal sealed partial class MembershipWatch(
    IMembershipTable table, ISiloStatusOracle status, TimeProvider time, ILoggerFactory logs, ILogger<MembershipWatch> logger) : BackgroundService
{
    // A single read may reach Redis while it is still loading.
    private const int EnoughMisses = 2;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        var misses = 0;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // The silo is not in the list before it has joined, and once it leaves.
            if (status.CurrentStatus != SiloStatus.Active || await IsListedAsync() is not { } listed)
            {
                continue;
            }

            misses = listed ? 0 : misses + 1;
            if (misses == EnoughMisses)
            {
                LogUnlisted(logger, status.SiloAddress);
                // Not on this thread: the end of the process waits for it.
                _ = Task.Run(End, CancellationToken.None);
                return;
            }
        }
    }

    private void End()
    {
        // The console logger writes on a thread of its own, and the end of the process does not wait for it: the reason would be lost.
        logs.Dispose();
        Environment.Exit(1);
    }

    // None: Redis does not answer, so it is not known.
    private async Task<bool?> IsListedAsync()
    {
        try
        {
            return (await table.ReadAllAsync(CancellationToken.None)).Members.Any(member => member.Item1.SiloAddress.Equals(status.SiloAddress));
        }
        catch (RedisClusteringException)
        {
            // Redis answers, and has no list at all.
            return false;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            LogUnread(logger, failure);
            return null;
        }
    }

    [LoggerMessage(1, LogLevel.Critical, "Silo {Silo} is no longer in its cluster's list in Redis, which was emptied. It ends; started again, it joins anew")]
    private static partial void LogUnlisted(ILogger logger, SiloAddress silo);

    [LoggerMessage(2, LogLevel.Debug, "The list of silos could not be read")]
    private static partial void LogUnread(ILogger logger, Exception failure);
}
