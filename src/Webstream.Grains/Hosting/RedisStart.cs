using System.Net.Sockets;
using System.Text.RegularExpressions;
using StackExchange.Redis;
using Webstream.Grains.History.Redis;
using Webstream.Grains.Trial;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Hosting;

/// <summary>
/// Prepares a process's use of Redis before it starts: waits until Redis is there, and tries everything that the process will do in it. So a
/// missing right is found now, and not on the day when it is first needed.
/// </summary>
public static partial class RedisStart
{
    private const string NotThere = "which does not answer yet. If it is elsewhere, set Webstream__Cluster__Redis.";
    private const string Rights = "All that is needed stands in docs/operations.md.";

    private static readonly TimeSpan PauseBetweenTries = TimeSpan.FromSeconds(1);

    /// <summary>Waits until Redis answers and lets this process do its work, and says once why it waits.</summary>
    /// <param name="cluster">The address of Redis, and the cluster's name.</param>
    /// <param name="silo">The process is a silo, or embeds one; else it only looks for silos.</param>
    /// <param name="say">Receives the notices for people, a line each.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StartRefusedException">
    /// Redis answers, but the process cannot use it: the password is wrong, Redis is too old, or a right is missing. The message says which.
    /// </exception>
    public static Task WaitAsync(WebstreamClusterOptions cluster, bool silo, Action<string> say, CancellationToken cancellationToken) =>
        WaitAsync(cluster, silo, say, TimeProvider.System, cancellationToken);

    /// <summary>For tests: with the clock of the machine.</summary>
    internal static async Task WaitAsync(
        WebstreamClusterOptions cluster, bool silo, Action<string> say, TimeProvider time, CancellationToken cancellationToken)
    {
        string? refused = null;
        var options = RedisSettings.Of(cluster, fault => refused = fault);
        var where = RedisSettings.Where(cluster.Redis!);
        var trial = new RedisTrial(cluster.Name, options.User, silo ? RedisUse.Silo : RedisUse.Client);
        string? said = null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            refused = null;
            var (waits, found) = await TryAsync(options, where, trial, time);
            waits = waits is not null && refused is not null ? $"whose certificate is refused: {refused}." : waits;
            if (found is not null)
            {
                Warn(where, found.Facts, say);
                if (found.Ahead.Duration() >= RedisClock.Tolerance)
                {
                    say(RedisClock.Describe(found.Ahead));
                }

                if (silo && string.IsNullOrEmpty(cluster.AdvertisedAddress))
                {
                    // The silo would find out later that it has none.
                    RedisRoute.LocalAddressTowards(options);
                }

                return;
            }

            if (waits != said)
            {
                say($"Waiting for Redis at {where}, {waits}");
                said = waits;
            }

            await Task.Delay(PauseBetweenTries, cancellationToken);
        }
    }

    // None of the second: why the process waits is known.
    private static async Task<(string? Waits, Found? Found)> TryAsync(
        ConfigurationOptions options, string where, RedisTrial trial, TimeProvider time)
    {
        var once = options.Clone();
        once.AbortOnConnectFail = true;
        // Only the library's report says that Redis refused the login.
        var report = new StringWriter();
        try
        {
            await using var redis = await ConnectionMultiplexer.ConnectAsync(once, report);
            if (options.User is { Length: > 0 } asked && await UserAsync(redis.GetDatabase()) is { } user && user != asked)
            {
                // Where Redis lets in everybody, the library silently goes on as the user `default`.
                throw NoEntry(where, $"it lets this process in as {user}");
            }

            var facts = await RedisFacts.AskAsync(redis);
            if (facts.IsTooOld)
            {
                throw TooOld(where, $"is version {facts.Version}");
            }

            var result = await trial.RunAsync(redis.GetDatabase());
            if (result.Condition is { } condition)
            {
                return (condition.StartsWith("Redis is not ready", StringComparison.Ordinal) ? NotThere : $"which takes no writes now: {condition}.", null);
            }

            return result.KnowsHead
                ? result.Missing is { } missing ? throw new StartRefusedException($"Redis at {where}: {missing}. {Rights}") : (null, new(facts, await AheadAsync(redis.GetDatabase(), time)))
                : throw TooOld(where, "does not know scripts that begin with #!lua");
        }
        catch (Exception failure) when (RedisReport.RefusalIn(failure, report.ToString()) is { } refusal)
        {
            throw refusal.Kind is RedisRefusalKind.Login
                ? NoEntry(where, refusal.What)
                : new StartRefusedException($"Redis at {where}: {refusal.What}. Grant it there: ACL SETUSER {options.User ?? "default"} +{refusal.Command}. {Rights}");
        }
        catch (Exception failure) when (failure is RedisException or SocketException or TimeoutException)
        {
            // The library's timeout exception is not a RedisException.
            return (NotThere, null);
        }
    }

    // A gateway that is only a client needs no time of Redis, and may lack the right to ask for it.
    private static async Task<TimeSpan> AheadAsync(IDatabase redis, TimeProvider time)
    {
        try
        {
            return await new RedisClock(time).MeasureAsync(redis);
        }
        catch (RedisServerException)
        {
            return TimeSpan.Zero;
        }
    }

    private static StartRefusedException NoEntry(string where, string why) =>
        new($"Redis at {where} refuses the password or user. Set Webstream__Cluster__RedisPassword, "
            + $"and Webstream__Cluster__RedisUser if it is not the default user ({why})");

    // If the user may not ask, the refusal names the user.
    private static async Task<string?> UserAsync(IDatabase redis)
    {
        try
        {
            return (string?)await redis.ExecuteAsync("ACL", "WHOAMI");
        }
        catch (RedisServerException refused)
        {
            return UserIn().Match(refused.Message) is { Success: true } named ? named.Groups[1].Value : null;
        }
    }

    private static StartRefusedException TooOld(string where, string what) =>
        new($"Redis at {where} {what}; {RedisFacts.Least} or newer is needed.");

    private static void Warn(string where, RedisFacts facts, Action<string> say)
    {
        if (facts is { Version: null, Policy: null })
        {
            say($"Redis at {where} does not tell this user its version and memory limit (INFO): Webstream__Log__TotalBytes alone bounds the history.");
        }

        if (facts.TakesHistory)
        {
            say($"Redis at {where} has maxmemory-policy {facts.Policy}: once its memory is full it throws history away without a word, and what tells repeated pushes apart. Set it to noeviction.");
        }
    }

    /// <summary>What a Redis is like in which this process can do its work.</summary>
    /// <param name="Facts">What it says of itself.</param>
    /// <param name="Ahead">How far this machine's clock is ahead of its clock.</param>
    private sealed record Found(RedisFacts Facts, TimeSpan Ahead);

    [GeneratedRegex("^NOPERM User (.+) has no permissions")]
    private static partial Regex UserIn();
}
