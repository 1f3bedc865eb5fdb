using System.Diagnostics;
using Webstream.Grains.History;
using Webstream.Grains.History.Disk;
using Webstream.Grains.Memory;
using Webstream.Grains.Tests.History.Redis;
using Webstream.Grains.Tests.Memory;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Webstream.Grains.Tests.History.Disk;

/// <summary>Measures the history on disk beside the one in memory. Not a test: run it by its name. The folder is on a real disk.</summary>
public sealed class DiskFigures : IDisposable
{
    private readonly DiskFolder folder = new(Path.GetTempPath());

    public void Dispose() => folder.Dispose();

    [Fact(Explicit = true)]
    public async Task Measure()
    {
        Sync();
        IStreamHistories memory = new InMemoryStreamHistories(Options.Create(new HistoryOptions()), Budgets.Of(), TimeProvider.System);
        await PushAsync("memory, one stream, one message a batch", memory, streams: 1, batch: 1, TimeSpan.FromSeconds(2));
        foreach (var sync in Enum.GetValues<HistorySync>())
        {
            using var logs = DiskStreamHistories.Open(
                new() { Path = folder.Path + sync, Sync = sync }, new() { RetainedMessages = 100_000, RetainedBytes = 1 << 28 }, Budgets.Of(), new RefusedAppends().Metrics, TimeProvider.System,
                NullLogger<DiskStreamHistories>.Instance);
            await PushAsync($"{sync}, one stream, one message a batch", logs, 1, 1, TimeSpan.FromSeconds(4));
            await PushAsync($"{sync}, one stream, 64 messages a batch", logs, 1, 64, TimeSpan.FromSeconds(4));
            await PushAsync($"{sync}, 64 streams, one message a batch", logs, 64, 1, TimeSpan.FromSeconds(4));
            await PushAsync($"{sync}, 1,000 streams, one message a batch", logs, 1000, 1, TimeSpan.FromSeconds(4));
            await PushAsync($"{sync}, 1,000 streams, one message a second each", logs, 1000, 1, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(1));
            await ReadAsync(logs);
            await FindAsync(logs);
        }

        await StartAsync();
    }

    private void Sync()
    {
        using var file = new FileStream(folder.Path + ".sync", FileMode.Create, FileAccess.Write, FileShare.None, 0);
        var took = new List<double>();
        for (var i = 0; i < 300; i++)
        {
            file.Position = i % 64 * 8192;
            file.Write(new byte[8192]);
            var began = Stopwatch.GetTimestamp();
            file.Flush(flushToDisk: true);
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        Say("fsync of 8 KiB", took, null);
    }

    private static async Task PushAsync(string what, IStreamHistories logs, int streams, int batch, TimeSpan time, TimeSpan? pace = null)
    {
        var (began, took) = (Stopwatch.GetTimestamp(), new List<double>());
        await Task.WhenAll(Enumerable.Range(0, streams).Select(i => Task.Run(async () =>
        {
            var name = StreamName.Parse($"{streams}-{batch}-{i}");
            var log = logs.LogOf(name);
            await log.OpenAsync(default);
            await Task.Delay((pace ?? TimeSpan.Zero) * i / streams);
            while (Stopwatch.GetElapsedTime(began) < time)
            {
                var one = Stopwatch.GetTimestamp();
                await log.AppendAsync(DiskStore.Next(log.Range, name, batch, DateTimeOffset.UtcNow, new('x', 150)), default);
                var elapsed = Stopwatch.GetElapsedTime(one);
                lock (took)
                {
                    took.Add(elapsed.TotalMilliseconds);
                }

                await Task.Delay(pace is { } every && every > elapsed ? every - elapsed : TimeSpan.Zero);
            }
        })));
        Say(what, took, took.Count * batch / Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    private static async Task ReadAsync(DiskStreamHistories logs)
    {
        var began = Stopwatch.GetTimestamp();
        var read = (await logs.ReadAllAsync("1-64-0", page: 256)).Count;
        Say($"reading {read} messages in pages of 256", [], read / Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    private static async Task FindAsync(DiskStreamHistories logs)
    {
        var (log, took) = (logs.LogOf(StreamName.Parse("1-64-0")), new List<double>());
        await log.OpenAsync(default);
        for (var i = 0; i < 2000; i++)
        {
            var one = Stopwatch.GetTimestamp();
            await log.FindKeysAsync([$"other-{i}"], default);
            took.Add(Stopwatch.GetElapsedTime(one).TotalMilliseconds);
        }

        Say("a key that is not known", took, null);
    }

    private async Task StartAsync()
    {
        var big = new DiskHistoryOptions { Path = folder.Path + "big", Sync = HistorySync.EverySec };
        var options = new HistoryOptions { RetainedMessages = 10_000_000, RetainedBytes = long.MaxValue };
        for (var round = 0; round < 3; round++)
        {
            var began = Stopwatch.GetTimestamp();
            using var logs = DiskStreamHistories.Open(big, options, Budgets.Of(), new RefusedAppends().Metrics, TimeProvider.System, NullLogger<DiskStreamHistories>.Instance);
            Say($"opening {(File.Exists(big.Path) ? new FileInfo(big.Path).Length >> 20 : 0)} MiB", [Stopwatch.GetElapsedTime(began).TotalMilliseconds], null);
            for (var i = 0; i < (round == 0 ? 100 : 0); i++)
            {
                await logs.PushAsync($"s{i}", 250, batch: 250, text: new('x', 43_000));
            }
        }
    }

    private static void Say(string what, List<double> took, double? rate)
    {
        took.Sort();
        var times = took.Count > 0 ? $"p50 {took[took.Count / 2]:f3} ms, p99 {took[took.Count * 99 / 100]:f3} ms" : "";
        Console.Error.WriteLine($"{what}: {(rate is { } each ? $"{each:n0}/s " : "")}{times}");
    }
}
