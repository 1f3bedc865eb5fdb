using System.CommandLine;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Webstream.Bench.Listening;
using Webstream.Bench.Measuring;

namespace Webstream.Bench.Commands;

/// <summary>Measures how long many listeners at once take to get a history that they all lack.</summary>
internal static class ReplayCommand
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);

    public static Command Create()
    {
        var common = new CommonOptions(listeners: 100);
        var messages = new Option<int>("--messages")
        {
            Description = "How many messages each listener lacks, counted back from the stream's head",
            DefaultValueFactory = _ => 100_000,
        };
        var wait = new Option<int>("--wait")
        {
            Description = "The seconds after which what has not come is lost",
            DefaultValueFactory = _ => 300,
        };
        var command = new Command("replay", "How long listeners that all come back at once take to get what they missed; --stream says of which stream") { messages, wait };
        common.AddTo(command);
        command.SetAction(arguments => RunAsync(
            common,
            arguments,
            CommonOptions.InRange("--messages", arguments.GetValue(messages), 1, int.MaxValue),
            TimeSpan.FromSeconds(CommonOptions.InRange("--wait", arguments.GetValue(wait), 1, 3600))));
        return command;
    }

    private static async Task<int> RunAsync(CommonOptions common, ParseResult arguments, int messages, TimeSpan wait)
    {
        var settings = common.ReadListeners(arguments);
        var server = common.ReadServer(arguments);
        using var http = new HttpClient { BaseAddress = new($"http://{settings.Targets[0].Host}"), Timeout = Timeout.InfiniteTimeSpan };
        if (settings.Key is { } key)
        {
            http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        }

        var stream = settings.Streams.ToString();
        var (epoch, head) = await HeadAsync(http, stream);
        var from = head - messages;
        if (from < 0)
        {
            throw new UsageException($"--stream {stream}: it has {head} messages, and {messages} are to be replayed");
        }

        var report = new Report($"replay: {messages} messages of stream {stream} to {settings.Count} listeners on {settings.Where}");
        var before = server.Read();
        var (began, most) = (Stopwatch.GetTimestamp(), before.ResidentBytes);
        using var late = new CancellationTokenSource(wait);
        var readers = Enumerable.Range(0, settings.Count).Select(_ => new ReplayReader(from)).ToArray();
        var all = Task.WhenAll(readers.Select(reader => Task.Run(() => ListenAsync(http, $"/stream/{stream}", $"{epoch}-{from}", head, reader, late.Token))));
        while (!all.IsCompleted)
        {
            await Task.WhenAny(all, Task.Delay(BetweenLooks));
            most = Math.Max(most, server.Read().ResidentBytes);
        }

        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var after = server.Read();
        var got = readers.Sum(reader => reader.Sequence - from);
        report.Add("listeners", settings.Count);
        report.Add("until all had everything", seconds, "s");
        report.Add("delivery rate", got / seconds, "deliveries/s");
        if (server.Known)
        {
            report.Add("server CPU", (after.CpuSeconds - before.CpuSeconds) * 1e6 / Math.Max(1, got), "µs/delivery");
            report.Add("server RSS before", before.ResidentBytes / 1048576.0, "MiB");
            report.Add("server RSS at most", most / 1048576.0, "MiB");
            report.Add("server RSS at the end", after.ResidentBytes / 1048576.0, "MiB");
        }

        FailOf(report, "messages lost", (head - from) * settings.Count - got);
        FailOf(report, "ids doubled or out of order", readers.Sum(reader => reader.Wrong));
        FailOf(report, "listeners not told that everything follows", readers.Count(reader => !reader.Recovered));
        return common.Print(arguments, report);
    }

    private static void FailOf(Report report, string what, long count)
    {
        report.Add(what, count);
        if (count > 0)
        {
            report.Fail($"{count} {what}");
        }
    }

    private static async Task<(string Epoch, long Head)> HeadAsync(HttpClient http, string stream)
    {
        var found = await http.GetFromJsonAsync<JsonElement>($"/api/streams/{stream}");
        var head = found.GetProperty("head").GetString()?.Split('-') ?? throw new UsageException($"--stream {stream}: it has no messages");
        return (head[0], long.Parse(head[1], System.Globalization.CultureInfo.InvariantCulture));
    }

    // An end before everything has come shows as a loss.
    private static async Task ListenAsync(HttpClient http, string path, string id, long head, ReplayReader reader, CancellationToken late)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Accept.ParseAdd("text/event-stream");
            request.Headers.Add("Last-Event-ID", id);
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, late);
            await using var body = await answer.Content.ReadAsStreamAsync(late);
            var bytes = new byte[64 * 1024];
            while (reader.Sequence < head && await body.ReadAsync(bytes, late) is var count and > 0)
            {
                reader.Take(bytes.AsSpan(0, count));
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or HttpRequestException or IOException)
        {
        }
    }
}
