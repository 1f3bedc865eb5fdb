using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Webstream.Cluster.Tests.Load;

/// <summary>One request of a push.</summary>
/// <param name="Gateway">The gateway that it was sent to.</param>
/// <param name="Began">When it began.</param>
/// <param name="Ended">When it ended.</param>
/// <param name="Status">The answer; none: the connection broke or nobody answered.</param>
/// <param name="Cut">The request was on its way when the connection broke or the timeout ended it; otherwise no gateway took the connection.</param>
internal readonly record struct Try(Uri Gateway, long Began, long Ended, HttpStatusCode? Status, bool Cut)
{
    public TimeSpan Took => Stopwatch.GetElapsedTime(Began, Ended);
}

/// <summary>
/// Pushes message after message, now and then a batch, each push with a key of its own. A push that is not acknowledged is retried with the same key,
/// at another gateway, until it is.
/// </summary>
internal sealed class RetryingPusher : IAsyncDisposable
{
    private const int LargestBatch = 8;

    /// <summary>Longer than a live gateway ever takes: it promises an answer within 5 s.</summary>
    private static readonly TimeSpan PatienceOfTry = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan PauseAfterRefusal = TimeSpan.FromMilliseconds(200);

    private static readonly HttpClient Http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) }) { Timeout = PatienceOfTry };

    private readonly string name;
    private readonly Uri[] gateways;
    private readonly string stream;
    private readonly Random random;
    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentQueue<Try> tries = new();
    private readonly Task running;
    private int at;
    private long inFlightSince;

    public RetryingPusher(string name, Uri[] gateways, string stream, int seed)
    {
        (this.name, this.gateways, this.stream) = (name, gateways, stream);
        random = new(seed);
        at = random.Next(gateways.Length);
        running = RunAsync();
    }

    /// <summary>Every text that it ever tried to push.</summary>
    public HashSet<string> Attempted { get; } = [];

    /// <summary>The acknowledged texts, each with the id that the answer named.</summary>
    public Dictionary<string, EventId> Acknowledged { get; } = [];

    public Try[] Tries => tries.ToArray();

    /// <summary>The longest time from a push's first try to its acknowledgement.</summary>
    public TimeSpan LongestPush { get; private set; }

    /// <summary>How many pushes were acknowledged.</summary>
    public int Pushes { get; private set; }

    /// <summary>Completes when the pusher was stopped; fails when it got an answer that it should not get.</summary>
    public Task Running => running;

    /// <summary>Whether a request is under way.</summary>
    public bool IsInFlight => Volatile.Read(ref inFlightSince) != 0;

    /// <summary>Finishes the push under way, and ends.</summary>
    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        await running;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopping.Dispose();
    }

    private async Task RunAsync()
    {
        for (var number = 1; !stopping.IsCancellationRequested; number++)
        {
            var count = random.Next(4) == 0 ? random.Next(2, LargestBatch) : 1;
            string[] texts = [.. Enumerable.Range(1, count).Select(part => $"{name} {number}.{part}")];
            Attempted.UnionWith(texts);
            await PushAsync(texts, $"{name}-{number}");
            await Task.Delay(random.Next(5, 25), stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task PushAsync(string[] texts, string key)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await TryAsync(texts, key))
        {
            at++;
            // A push that no gateway takes any more must not keep the test from ending and saying so.
            Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromMinutes(2), $"push {key} was not acknowledged; its last try: {Tries[^1]}");
            await Task.Delay(PauseAfterRefusal);
        }

        var took = Stopwatch.GetElapsedTime(began);
        LongestPush = took > LongestPush ? took : LongestPush;
        Pushes++;
    }

    private async Task<bool> TryAsync(string[] texts, string key)
    {
        var gateway = gateways[at % gateways.Length];
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway, "/api/push"))
        {
            Content = texts.Length == 1
                ? JsonContent.Create(new { message = texts[0], stream })
                : new StringContent(string.Join('\n', texts.Select(text => JsonSerializer.Serialize(new { message = text, stream }))), null, "application/x-ndjson"),
        };
        request.Headers.Add("Idempotency-Key", key);
        var began = Stopwatch.GetTimestamp();
        HttpStatusCode? status = null;
        var onItsWay = false;
        Volatile.Write(ref inFlightSince, began);
        try
        {
            using var answer = await Http.SendAsync(request);
            status = answer.StatusCode;
            var body = await answer.Content.ReadAsStringAsync();
            if (status == HttpStatusCode.OK)
            {
                Acknowledge(texts, body);
                return true;
            }

            status.ShouldBeOneOf([HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout], $"the answer to push {key}: {body}");
            answer.Headers.RetryAfter.ShouldNotBeNull($"the answer to push {key}: {body}");
            return false;
        }
        catch (Exception cut) when (cut is HttpRequestException or IOException or OperationCanceledException)
        {
            (status, onItsWay) = (null, cut is not HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError });
            return false;
        }
        finally
        {
            Volatile.Write(ref inFlightSince, 0);
            tries.Enqueue(new(gateway, began, Stopwatch.GetTimestamp(), status, onItsWay));
        }
    }

    private void Acknowledge(string[] texts, string body)
    {
        using var answer = JsonDocument.Parse(body);
        EventId.TryParse(answer.RootElement.GetProperty(texts.Length == 1 ? "id" : "firstId").GetString(), out var first).ShouldBeTrue(body);
        for (var i = 0; i < texts.Length; i++)
        {
            Acknowledged.Add(texts[i], first with { Sequence = first.Sequence + i });
        }
    }
}
