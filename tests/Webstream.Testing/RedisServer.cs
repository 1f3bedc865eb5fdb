using System.Globalization;
using Shouldly;
using StackExchange.Redis;

namespace Webstream.Testing;

/// <summary>
/// A Redis on a port of its own. Without an append-only file its data is gone with its process. With one it writes every change to that file, and
/// reads the file when it is started again.
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    private const int MaxStarts = 5;
    private const int MaxTries = 100;
    private const int AnswerMilliseconds = 30_000;

    private readonly string folder = Directory.CreateTempSubdirectory("webstream-redis-").FullName;
    private readonly string? appendFsync;
    private readonly string? password;
    private readonly string[] settings;
    private ChildProcess? process;

    /// <summary>A Redis that does not run yet; <see cref="RunAsync"/> starts it.</summary>
    /// <param name="appendFsync">When the append-only file reaches the disk (<c>always</c>, <c>everysec</c>); none: no such file.</param>
    /// <param name="password">The password that clients must send; none: no password.</param>
    /// <param name="settings">More settings of Redis, in the form of its command line.</param>
    public RedisServer(string? appendFsync = null, string? password = null, params string[] settings) =>
        (this.appendFsync, this.password, this.settings) = (appendFsync, password, settings);

    /// <summary>Its port.</summary>
    public int Port { get; private set; } = FreePort.Take();

    /// <summary>Its address, in the form in which people write it in the configuration.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>The process, to kill it or to freeze it.</summary>
    public ChildProcess Process => process ?? throw new InvalidOperationException("Redis was not started.");

    /// <summary>Skips the test where there is no Redis to run.</summary>
    public static void MustBeInstalled() => Needs.Program("redis-server", "redis-server");

    /// <summary>A Redis that runs; skips the test where there is none to run.</summary>
    /// <param name="appendFsync">When the append-only file reaches the disk (<c>always</c>, <c>everysec</c>); none: no such file.</param>
    /// <param name="settings">More settings of Redis, in the form of its command line.</param>
    public static async Task<RedisServer> StartAsync(string? appendFsync = null, params string[] settings)
    {
        MustBeInstalled();
        var server = new RedisServer(appendFsync, password: null, settings);
        for (var i = 1; !await server.TryRunAsync(); i++)
        {
            // Another process took the port meanwhile.
            i.ShouldBeLessThan(MaxStarts, $"redis-server does not start:\n{server.Process.Text}");
            server.Port = FreePort.Take();
        }

        return server;
    }

    /// <summary>Starts the process; again after it has ended, at the same address.</summary>
    public async Task RunAsync() => (await TryRunAsync()).ShouldBeTrue($"redis-server starts at {Address}. It said:\n{Process.Text}");

    /// <summary>Carries out a command as the administrator, in the form in which people type it.</summary>
    /// <returns>The answer as text.</returns>
    public async Task<string> DoAsync(string command)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (var tries = 0; ; tries++)
        {
            try
            {
                await using var redis = await ConnectAsync();
                return (await redis.GetDatabase().ExecuteAsync(words[0], words[1..])).ToString();
            }
            catch (RedisConnectionException) when (tries < MaxTries)
            {
                // A Redis that cannot save refuses even the library's own PING, if that comes before the command.
                await Task.Delay(50);
            }
        }
    }

    /// <summary>A figure of the INFO of Redis.</summary>
    public async Task<long> FigureAsync(string name)
    {
        var line = (await DoAsync("INFO all")).Split('\n').First(line => line.StartsWith($"{name}:", StringComparison.Ordinal));
        return long.Parse(line.Split(':')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Takes the disk away from Redis: it cannot save any more, and refuses writes if it is set to save.</summary>
    public async Task LoseDiskAsync()
    {
        Directory.Delete(folder, recursive: true);
        await using var redis = await ConnectAsync();
        await redis.GetDatabase().ExecuteAsync("BGSAVE");
        await Until.TrueAsync(() => HasFailedToSaveAsync(redis.GetDatabase()));
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            await process.DisposeAsync();
        }

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

    private async Task<bool> TryRunAsync()
    {
        if (process is not null)
        {
            await process.DisposeAsync();
        }

        string[] command =
        [
            Needs.Program("redis-server", "redis-server"),
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", folder, "--save", "",
            .. appendFsync is null ? (string[])["--appendonly", "no"] : ["--appendonly", "yes", "--appendfsync", appendFsync],
            .. password is null ? Array.Empty<string>() : ["--requirepass", password],
            .. settings,
        ];
        process = ChildProcess.Start(command, name: "redis");
        try
        {
            // Redis itself says that it is ready: after it has read the file.
            await process.Output.FirstAsync("Ready to accept connections");
            return true;
        }
        catch (InvalidOperationException) when (process.Output.HasEnded)
        {
            return false;
        }
    }

    // It waits for an answer as long as a busy machine may take, and says at once that there is no connection.
    private Task<ConnectionMultiplexer> ConnectAsync() => ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
    {
        EndPoints = { Address },
        Password = password,
        AbortOnConnectFail = false,
        BacklogPolicy = BacklogPolicy.FailFast,
        ConnectTimeout = AnswerMilliseconds,
        AsyncTimeout = AnswerMilliseconds,
        SyncTimeout = AnswerMilliseconds,
        TieBreaker = "",
        ConfigurationChannel = "",
    });
}
