using System.Globalization;
using StackExchange.Redis;
using Webstream.Grains.Hosting;

namespace Webstream.Cluster.Tests.Harness;

/// <summary>A Redis of its own on a free port. It writes every change to an append-only file, and reads that file when it is started again.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("webstream-redis-");
    private readonly string? password;
    private readonly string[] settings;
    private ChildProcess? process;

    /// <param name="password">The password that clients must send; none: no password.</param>
    /// <param name="settings">More settings of Redis, in the form of its command line.</param>
    public RedisServer(string? password = null, params string[] settings) => (this.password, this.settings) = (password, settings);

    public int Port { get; } = FreePorts.Take();

    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    public ChildProcess Process => process ?? throw new InvalidOperationException("Redis was not started.");

    /// <summary>Whether there is a <c>redis-server</c> to run.</summary>
    public static bool IsInstalled { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(directory => File.Exists(Path.Combine(directory, "redis-server")));

    public async Task StartAsync()
    {
        string[] arguments =
        [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", folder.FullName,
            "--save", "", "--appendonly", "yes", "--appendfsync", "everysec",
            .. password is null ? Array.Empty<string>() : ["--requirepass", password],
            .. settings,
        ];
        process = ChildProcess.Start("redis", "redis-server", arguments);
        await Eventually.ShouldBeAsync(AnswersAsync, true, $"Redis answers. It said:\n{process.Output}");
    }

    /// <summary>Carries out a command in the form in which people type it.</summary>
    /// <returns>The answer as text.</returns>
    public async Task<string> DoAsync(string command)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{Address},password={password},asyncTimeout=30000");
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (await redis.GetDatabase().ExecuteAsync(words[0], words[1..])).ToString();
    }

    /// <summary>A figure of the INFO of Redis.</summary>
    public async Task<long> FigureAsync(string name) => long.Parse(
        (await DoAsync("INFO all")).Split('\n').First(line => line.StartsWith($"{name}:", StringComparison.Ordinal)).Split(':')[1], CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            await process.DisposeAsync();
        }

        folder.Delete(recursive: true);
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await using var redis = await ConnectionMultiplexer.ConnectAsync($"{Address},connectTimeout=500,connectRetry=0,password={password}");
            await redis.GetDatabase().PingAsync();
            return true;
        }
        catch (RedisException)
        {
            return false;
        }
    }
}
