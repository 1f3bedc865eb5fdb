using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace Webstream.Grains.Hosting;

/// <summary>How processes connect to Redis.</summary>
public static class RedisSettings
{
    private static readonly TimeSpan PauseBetweenTries = TimeSpan.FromSeconds(1);

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
        catch (ArgumentException failure)
        {
            throw new StartRefusedException($"Webstream__Cluster__Redis cannot be read: {failure.Message} Write host:port, for example 127.0.0.1:6379.");
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
        return options;
    }

    /// <summary>Waits until Redis answers, and says once that it waits.</summary>
    /// <exception cref="StartRefusedException">Redis answers, but not to us: the password is wrong.</exception>
    public static async Task WaitAsync(string setting, Action<string> say, CancellationToken cancellationToken)
    {
        var options = Parse(setting);
        var said = false;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var once = options.Clone();
                once.AbortOnConnectFail = true;
                await using var redis = await ConnectionMultiplexer.ConnectAsync(once);
                await redis.GetDatabase().PingAsync();
                return;
            }
            catch (Exception failure) when (IsRefusal(failure))
            {
                throw new StartRefusedException(
                    $"Redis at {Where(options)} refuses the password or user. Set it in Webstream__Cluster__Redis, as host:port,password=… ({Innermost(failure)})");
            }
            catch (Exception failure) when (failure is RedisException or SocketException)
            {
                if (!said)
                {
                    say($"Waiting for Redis at {Where(options)}, which does not answer yet. If it is elsewhere, set Webstream__Cluster__Redis.");
                    said = true;
                }

                await Task.Delay(PauseBetweenTries, cancellationToken);
            }
        }
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

    private static string Where(ConfigurationOptions options) =>
        string.Join(", ", options.EndPoints.Select(endpoint => endpoint is DnsEndPoint name ? $"{name.Host}:{name.Port}" : endpoint.ToString()));

    private static bool IsRefusal(Exception failure) =>
        failure is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure }
        || failure.ToString() is var text && (text.Contains("NOAUTH", StringComparison.Ordinal) || text.Contains("WRONGPASS", StringComparison.Ordinal));

    private static string Innermost(Exception failure) => failure.GetBaseException().Message;
}
