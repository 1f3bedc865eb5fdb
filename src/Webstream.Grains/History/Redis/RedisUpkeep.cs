using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Webstream.Grains.Trial;

namespace Webstream.Grains.History.Redis;

/// <summary>
/// What a silo does for all streams in Redis. Once after its start it reconciles the list of streams with the histories. Every minute it
/// removes the streams whose history expired from the list, and asks how much memory Redis may use.
/// </summary>
internal sealed partial class RedisUpkeep(RedisStreamHistories logs, ILogger<RedisUpkeep> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PauseBetweenPages = TimeSpan.FromMilliseconds(50);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        // The next silo that starts reconciles what is not written by now.
        await logs.Index.FlushAsync().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Does the work of one minute once.</summary>
    internal async Task TurnAsync()
    {
        try
        {
            logs.Room.Bound((await RedisFacts.AskAsync(logs.Link.Connection)).MaxMemory);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            throw new HistoryAwayException($"Redis does not answer ({RedisFailures.Word(failure)})", maybeIn: false);
        }

        // A trial reports a failure that only a full stream would show, before a stream is full.
        await logs.AskHealthAsync();
        foreach (var stream in await logs.Index.SweepAsync())
        {
            await logs.AskAsync(stream, HistoryPart.Counting, redis => redis.ScriptEvaluateAsync(RedisScripts.Erase, logs.KeysOf(stream)));
        }

        logs.Room.Keep();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var reconciled = false;
        using var timer = new PeriodicTimer(Period, logs.Time);
        do
        {
            try
            {
                await TurnAsync();
                if (!reconciled)
                {
                    await new RedisReconciliation(logs, PauseBetweenPages).RunAsync(stoppingToken);
                    reconciled = true;
                }
            }
            catch (HistoryAwayException away)
            {
                // The history itself logs a lasting failure.
                LogLater(logger, away.Message);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                // The silo does its work without this.
                LogFailed(logger, failure);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(1, LogLevel.Debug, "The list of streams in Redis is looked after in a minute again: {Reason}")]
    private static partial void LogLater(ILogger logger, string reason);

    [LoggerMessage(2, LogLevel.Error, "The list of streams in Redis could not be looked after; it is tried again in a minute")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
