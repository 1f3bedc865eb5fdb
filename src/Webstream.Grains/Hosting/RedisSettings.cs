using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using StackExchange.Redis;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Hosting;

/// <summary>How processes connect to Redis.</summary>
public static partial class RedisSettings
{
    private static readonly ConfigurationOptions Defaults = new();

    /// <summary>
    /// Reads a setting. The connection fails fast: a request that cannot be sent now is refused now. Otherwise a push could wait behind an
    /// outage, and be appended after its pusher was told that it failed.
    /// </summary>
    /// <exception cref="StartRefusedException">It cannot be read.</exception>
    public static ConfigurationOptions Parse(string setting)
    {
        ConfigurationOptions options;
        try
        {
            options = ConfigurationOptions.Parse(setting);
        }
        catch (ArgumentException)
        {
            // The library's message may quote a piece of the password.
            throw new StartRefusedException("Webstream__Cluster__Redis cannot be read: something in it is no option of StackExchange.Redis. Write host:port, for example 127.0.0.1:6379, and options as name=value behind commas.");
        }

        if (setting.Contains("://", StringComparison.Ordinal))
        {
            throw new StartRefusedException("Webstream__Cluster__Redis is an address without a scheme. Write host:port, for example 127.0.0.1:6379, and ,ssl=true behind it where that is meant.");
        }

        if (options.EndPoints.Count == 0)
        {
            throw new StartRefusedException("Webstream__Cluster__Redis names no server. Write host:port, for example 127.0.0.1:6379.");
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

    /// <summary>The address of Redis, for people: only parts that are surely addresses, because a piece of a password may look like one.</summary>
    public static string Where(string setting)
    {
        string[] addresses = [.. setting.Split(',', StringSplitOptions.TrimEntries).TakeWhile(part => !part.Contains('=', StringComparison.Ordinal)).Where(part => Address().IsMatch(part))];
        return addresses.Length > 0 ? string.Join(", ", addresses) : "the address in Webstream__Cluster__Redis";
    }

    /// <summary>The address from which this machine reaches Redis: other processes of the cluster reach this one there too.</summary>
    public static IPAddress LocalAddressTowards(ConfigurationOptions options)
    {
        var (host, port) = options.EndPoints[0] switch
        {
            DnsEndPoint name => (name.Host, name.Port),
            IPEndPoint address => (address.Address.ToString(), address.Port),
            _ => ("127.0.0.1", 6379),
        };
        // Connecting a datagram socket sends nothing; it only chooses the route.
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        probe.Connect(host, port);
        return ((IPEndPoint)probe.LocalEndPoint!).Address;
    }

    [GeneratedRegex(@"^(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?$")]
    private static partial Regex Address();
}
