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
    /// Reads a setting. The connection fails fast: what cannot be sent now is refused now, instead of waiting behind an outage
    /// and being appended after its pusher was told no.
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
            // What the library says of it may quote a piece of the password.
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
        // Time-outs are looked for at the heartbeat.
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(250);
        options.ReconnectRetryPolicy = new LinearRetry(500);
        // By default the library asks for a key, and listens on a channel, that are not the product's: for them a user would need rights.
        options.TieBreaker = options.TieBreaker == Defaults.TieBreaker ? "" : options.TieBreaker;
        options.ConfigurationChannel = options.ConfigurationChannel == Defaults.ConfigurationChannel ? "" : options.ConfigurationChannel;
        return options;
    }

    /// <summary>Where Redis is, for people: only what is an address beyond doubt, because a piece of a password may look like one.</summary>
    public static string Where(string setting)
    {
        string[] addresses = [.. setting.Split(',', StringSplitOptions.TrimEntries).TakeWhile(part => !part.Contains('=', StringComparison.Ordinal)).Where(part => Address().IsMatch(part))];
        return addresses.Length > 0 ? string.Join(", ", addresses) : "the address in Webstream__Cluster__Redis";
    }

    /// <summary>The address of this machine from which Redis is reached: others of the cluster reach us there too.</summary>
    public static IPAddress LocalAddressTowards(ConfigurationOptions options)
    {
        var (host, port) = options.EndPoints[0] switch
        {
            DnsEndPoint name => (name.Host, name.Port),
            IPEndPoint address => (address.Address.ToString(), address.Port),
            _ => ("127.0.0.1", 6379),
        };
        // Connecting a datagram socket sends nothing; it only chooses the way.
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        probe.Connect(host, port);
        return ((IPEndPoint)probe.LocalEndPoint!).Address;
    }

    [GeneratedRegex(@"^(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?$")]
    private static partial Regex Address();
}
