using StackExchange.Redis;
using Webstream.Grains.Hosting;

namespace Webstream.Grains.Tests.Hosting;

/// <summary>Connections to a Redis of the tests, with the product's settings.</summary>
internal static class RedisConnections
{
    /// <summary>Connects as a silo does.</summary>
    public static Task<ConnectionMultiplexer> ConnectAsync(this RedisServer server) =>
        ConnectionMultiplexer.ConnectAsync(RedisSettings.Parse(server.Address));

    /// <summary>Connects as a silo does, but waits for an answer as long as a busy machine may take. For tests that test no outage.</summary>
    public static Task<ConnectionMultiplexer> ConnectPatientlyAsync(this RedisServer server) => PatientlyAsync(server.Address);

    /// <summary>Connects, as patiently, as a silo does that has its own Redis user.</summary>
    public static Task<ConnectionMultiplexer> ConnectAsync(this RedisServer server, string user, string password) =>
        PatientlyAsync($"{server.Address},user={user},password={password}");

    private static Task<ConnectionMultiplexer> PatientlyAsync(string setting)
    {
        var settings = RedisSettings.Parse(setting);
        settings.AsyncTimeout = settings.SyncTimeout = settings.ConnectTimeout = (int)TimeSpan.FromSeconds(30).TotalMilliseconds;
        return ConnectionMultiplexer.ConnectAsync(settings);
    }
}
