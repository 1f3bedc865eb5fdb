using System.Diagnostics;
using System.Runtime.InteropServices;
using StackExchange.Redis;
using Webstream.Grains.Hosting;

namespace Webstream.Grains.Tests.Hosting;

/// <summary>A Redis for the tests, on a port of its own. Its data is gone with it, unless it keeps an append-only file.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private const int MaxTries = 100;

    private const int Sigkill = 9;
    private const int Sigcont = 18;
    private const int Sigstop = 19;
    private const int Tries = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string program;
    private readonly string folder = Directory.CreateTempSubdirectory("webstream-redis-").FullName;
    private readonly bool appendOnly;
    private readonly string[] settings;
    private Process? process;

    private RedisServer(string program, bool appendOnly, string[] settings) => (this.program, this.appendOnly, this.settings) = (program, appendOnly, settings);

    public int Port { get; private set; }

    /// <summary>Its address, in the form in which people write it in the configuration.</summary>
    public string Address => $"127.0.0.1:{Port}";

    /// <summary>Starts a Redis; skips the test where none can be started.</summary>
    /// <param name="appendOnly">Whether it has its data again after a restart.</param>
    /// <param name="settings">More settings of Redis, in the form of its command line.</param>
    public static async Task<RedisServer> StartAsync(bool appendOnly = false, params string[] settings)
    {
        var server = new RedisServer(Needs.Program("redis-server", "redis-server"), appendOnly, settings);
        for (var i = 1; ; i++)
        {
            server.Port = FreePorts.Take();
            if (await server.TryStartAsync())
            {
                return server;
            }

            // Another process took the port meanwhile.
            i.ShouldBeLessThan(Tries, "redis-server does not start");
        }
    }

    /// <summary>Connects as a silo does.</summary>
    public Task<ConnectionMultiplexer> ConnectAsync() => ConnectionMultiplexer.ConnectAsync(RedisSettings.Parse(Address));

    /// <summary>Connects as a silo does, but waits for an answer as long as a busy machine may take. For tests that test no outage.</summary>
    public Task<ConnectionMultiplexer> ConnectPatientlyAsync()
    {
        var settings = RedisSettings.Parse(Address);
        settings.AsyncTimeout = settings.SyncTimeout = settings.ConnectTimeout = (int)Patience.TotalMilliseconds;
        return ConnectionMultiplexer.ConnectAsync(settings);
    }

    /// <summary>Connects as a silo does that has its own Redis user.</summary>
    public Task<ConnectionMultiplexer> ConnectAsync(string user, string password)
    {
        var settings = RedisSettings.Parse($"{Address},user={user},password={password}");
        settings.AsyncTimeout = settings.SyncTimeout = settings.ConnectTimeout = (int)Patience.TotalMilliseconds;
        return ConnectionMultiplexer.ConnectAsync(settings);
    }

    /// <summary>Carries out a command as the administrator, in the form in which people type it.</summary>
    public async Task DoAsync(string command)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (var tries = 0; ; tries++)
        {
            try
            {
                await using var redis = await ConnectPatientlyAsync();
                await redis.GetDatabase().ExecuteAsync(words[0], words[1..]);
                return;
            }
            catch (RedisConnectionException) when (tries < MaxTries)
            {
                // A Redis that cannot save refuses even the library's own PING, if that comes before the command.
                await Task.Delay(50);
            }
        }
    }

    /// <summary>Kills the process.</summary>
    public async Task StopAsync()
    {
        if (process is not null)
        {
            Signal(Sigkill);
            await process.WaitForExitAsync().WaitAsync(Patience);
            process.Dispose();
            process = null;
        }
    }

    /// <summary>Starts the process again, at the same address.</summary>
    public async Task StartAgainAsync() => (await TryStartAsync()).ShouldBeTrue($"redis-server does not start again at {Address}");

    /// <summary>Freezes Redis: it keeps its connections and answers nothing.</summary>
    public void Freeze() => Signal(Sigstop);

    /// <summary>Lets Redis go on where it was, with the commands that have reached it meanwhile.</summary>
    public void Thaw() => Signal(Sigcont);

    /// <summary>Takes the disk away from Redis: it cannot save any more, and refuses writes if it is set to save.</summary>
    public async Task LoseDiskAsync()
    {
        Directory.Delete(folder, recursive: true);
        await using var redis = await ConnectPatientlyAsync();
        await redis.GetDatabase().ExecuteAsync("BGSAVE");
        while (!await HasFailedToSaveAsync(redis.GetDatabase()))
        {
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<bool> HasFailedToSaveAsync(IDatabase redis)
    {
        try
        {
            return ((string?)await redis.ExecuteAsync("INFO", "persistence"))!.Contains("rdb_last_bgsave_status:err", StringComparison.Ordinal);
        }
        catch (RedisConnectionException)
        {
            // While Redis forks, it may not answer the library's own requests in time. The library then connects again.
            return false;
        }
    }

    private async Task<bool> TryStartAsync()
    {
        process = new Process
        {
            StartInfo = new(program, ["--port", $"{Port}", "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", appendOnly ? "yes" : "no", "--appendfsync", "always", .. settings])
            {
                RedirectStandardOutput = true,
            },
        };
        var ready = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) =>
        {
            // Redis itself says that it is ready. If the process ends, its output ends too.
            if (line.Data is null || line.Data.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                ready.TrySetResult(line.Data is not null);
            }
        };
        process.Start();
        process.BeginOutputReadLine();
        return await ready.Task.WaitAsync(Patience);
    }

    private void Signal(int signal) => Kill(process!.Id, signal).ShouldBe(0);

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}

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
