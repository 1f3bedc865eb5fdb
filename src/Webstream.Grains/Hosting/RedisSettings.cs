using StackExchange.Redis;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Hosting;

/// <summary>How processes connect to Redis.</summary>
public static class RedisSettings
{
    private static readonly ConfigurationOptions Defaults = new();

    /// <summary>Makes the options of a connection of the settings of a cluster, which must name a Redis.</summary>
    /// <exception cref="StartRefusedException">A setting cannot be read, or two contradict each other. The message has no piece of a password.</exception>
    public static ConfigurationOptions Of(WebstreamClusterOptions cluster) => Of(cluster, _ => { });

    /// <summary>The same, with somebody who wants to know what is wrong with the certificate of Redis.</summary>
    /// <param name="cluster">The settings.</param>
    /// <param name="refused">Gets a clause about the certificate, such as "it was not issued by an authority of …".</param>
    /// <exception cref="StartRefusedException">A setting cannot be read, or two contradict each other. The message has no piece of a password.</exception>
    internal static ConfigurationOptions Of(WebstreamClusterOptions cluster, Action<string> refused)
    {
        var options = Parse(cluster.Redis!);
        RedisLogin.AddTo(options, cluster);
        RedisTls.AddTo(options, cluster, refused);
        return options;
    }

    /// <summary>
    /// Reads the setting of the address alone. The connection fails fast: a request that cannot be sent now is refused now. Otherwise a push
    /// could wait behind an outage, and be appended after its pusher was told that it failed.
    /// </summary>
    /// <exception cref="StartRefusedException">It cannot be read. The message has no piece of it.</exception>
    public static ConfigurationOptions Parse(string setting)
    {
        var read = RedisSetting.Read(setting);
        ConfigurationOptions options;
        try
        {
            options = ConfigurationOptions.Parse(string.Join(',', [.. read.Servers, .. read.Options]));
        }
        catch (Exception wrong) when (wrong is ArgumentException or FormatException or OverflowException)
        {
            // The library's message may quote a piece of the password.
            throw RedisSetting.Refusal("an option is none of StackExchange.Redis, or has a wrong value; a password with a comma cannot stand here");
        }

        if (read.Password is not null)
        {
            (options.User, options.Password) = (read.User, read.Password);
        }

        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ConnectTimeout = 1000;
        options.AsyncTimeout = 1000;
        options.SyncTimeout = 2000;
        // The library checks for timeouts at its heartbeat.
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(250);
        options.ReconnectRetryPolicy = new LinearRetry(500);
        // By default the library reads a key and listens on a channel that are not the product's: the user would need rights for them.
        options.TieBreaker = options.TieBreaker == Defaults.TieBreaker ? "" : options.TieBreaker;
        options.ConfigurationChannel = options.ConfigurationChannel == Defaults.ConfigurationChannel ? "" : options.ConfigurationChannel;
        return options;
    }

    /// <summary>The address of Redis, for people.</summary>
    /// <exception cref="StartRefusedException">The setting cannot be read.</exception>
    public static string Where(string setting) => string.Join(", ", RedisSetting.Read(setting).Servers);
}
