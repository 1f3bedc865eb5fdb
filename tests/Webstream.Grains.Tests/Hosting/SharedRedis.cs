using StackExchange.Redis;

namespace Webstream.Grains.Tests.Hosting;

/// <summary>The Redis that tests share which do it no harm. The first of them starts it, so that a missing Redis skips a test.</summary>
public sealed class SharedRedis : IAsyncDisposable
{
    private readonly SemaphoreSlim gate = new(1);
    private RedisServer? server;
    private ConnectionMultiplexer? connection;

    public async Task<IConnectionMultiplexer> ConnectionAsync()
    {
        await gate.WaitAsync();
        try
        {
            server ??= await RedisServer.StartAsync();
            return connection ??= await server.ConnectPatientlyAsync();
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>The Redis itself, for tests that make their own users in it.</summary>
    public async Task<RedisServer> ServerAsync()
    {
        await ConnectionAsync();
        return server!;
    }

    /// <summary>Another connection to the same Redis.</summary>
    public async Task<ConnectionMultiplexer> AnotherConnectionAsync()
    {
        await ConnectionAsync();
        return await server!.ConnectPatientlyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (connection is not null)
        {
            await connection.DisposeAsync();
        }

        if (server is not null)
        {
            await server.DisposeAsync();
        }

        gate.Dispose();
    }
}
