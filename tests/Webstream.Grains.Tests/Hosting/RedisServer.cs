using System.Diagnostics;
using System.Runtime.InteropServices;
using StackExchange.Redis;
using Webstream.Grains.Hosting;

namespace Webstream.Grains.Tests.Hosting;

/// <summary>A Redis of the tests' own, on a port of its own. What it holds is gone with it, unless it keeps an append-only file.</summary>
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

    /// <summary>Where it is, as people write it in the configuration.</summary>
    public string Address => $"127.0.0.1:{Port}";

    /// <summary>Starts one; skips the test where there is none to start.</summary>
    /// <param name="appendOnly">It has its data again after a restart.</param>
    /// <param name="settings">More of its own settings, as its command line has them.</param>
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

            // Somebody else took the port meanwhile.
            i.ShouldBeLessThan(Tries, "redis-server does not start");
        }
    }

    /// <summary>Connects as a silo does.</summary>
    public Task<ConnectionMultiplexer> ConnectAsync() => ConnectionMultiplexer.ConnectAsync(RedisSettings.Parse(Address));

    /// <summary>Connects as a silo does, but waits for an answer as long as a busy machine may take: for those who test no outage.</summary>
    public Task<ConnectionMultiplexer> ConnectPatientlyAsync()
    {
        var settings = RedisSettings.Parse(Address);
        settings.AsyncTimeout = settings.SyncTimeout = settings.ConnectTimeout = (int)Patience.TotalMilliseconds;
        return ConnectionMultiplexer.ConnectAsync(settings);
    }

    /// <summary>Connects as a silo does that has a user of its own.</summary>
    public Task<ConnectionMultiplexer> ConnectAsync(string user, string password)
    {
        var settings = RedisSettings.Parse($"{Address},user={user},password={password}");
        settings.AsyncTimeout = settings.SyncTimeout = settings.ConnectTimeout = (int)Patience.TotalMilliseconds;
        return ConnectionMultiplexer.ConnectAsync(settings);
    }

    /// <summary>Carries out a command as its administrator, as people type it.</summary>
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

    /// <summary>Kills it.</summary>
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

    /// <summary>Starts it again, at its address.</summary>
    public async Task StartAgainAsync() => (await TryStartAsync()).ShouldBeTrue($"redis-server does not start again at {Address}");

    /// <summary>It keeps its connections and answers nothing.</summary>
    public void Freeze() => Signal(Sigstop);

    /// <summary>It goes on where it was, with what has reached it meanwhile.</summary>
    public void Thaw() => Signal(Sigcont);

    /// <summary>Takes the disk away from it: it cannot save any more, and refuses writes where it shall save.</summary>
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
            // While it forks it may not answer the library's own questions in time; the library connects again.
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
            // It says so itself, and its output ends with it.
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

/// <summary>The Redis that those tests share which do it no harm. Started by the first of them, so that it is a test that is skipped.</summary>
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

    /// <summary>The Redis itself, for those who make users of their own in it.</summary>
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
