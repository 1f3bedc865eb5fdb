using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Webstream.Cluster.Tests.Harness;

namespace Webstream.Cluster.Tests.Load;

/// <summary>The verdict that a listener got when it came back.</summary>
internal readonly record struct Verdict(Uri From, Uri To, string Status);

/// <summary>A message as a listener got it.</summary>
internal readonly record struct Received(EventId Id, string Text);

/// <summary>Listens to a stream. When it is cut or hears nothing for long, it resumes with its last id on another gateway.</summary>
internal sealed class ReconnectingListener : IAsyncDisposable
{
    /// <summary>Longer than a live gateway is ever silent.</summary>
    private static readonly TimeSpan SilenceOfTheDead = 4 * TestCluster.Keepalive;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private static readonly HttpClient Http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private readonly Uri[] gateways;
    private readonly string stream;
    private readonly bool comesBack;
    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task running;
    private int at;
    private Uri? lastServed;
    private long lastMessage;
    private CancellationTokenSource? connection;

    /// <param name="gateways">The gateways on which it may listen, in the order in which it tries them.</param>
    /// <param name="first">The gateway with which it begins.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="comesBack">Whether it comes back after a cut; otherwise it is gone then.</param>
    /// <param name="from">The id after which it begins.</param>
    public ReconnectingListener(Uri[] gateways, int first, string stream, bool comesBack = true, EventId from = default)
    {
        (this.gateways, at, this.stream, this.comesBack, Position) = (gateways, first, stream, comesBack, from);
        running = RunAsync();
    }

    /// <summary>Completes when it was told <c>Connected at</c> for the first time.</summary>
    public Task Connected => connected.Task;

    /// <summary>The gateway on which it listens.</summary>
    public Uri Gateway => gateways[at % gateways.Length];

    /// <summary>The messages in the order in which they came. Complete once the listener was stopped.</summary>
    public List<Received> Messages { get; } = [];

    public List<Verdict> Verdicts { get; } = [];

    /// <summary>Answers and events that no listener should get.</summary>
    public List<string> Surprises { get; } = [];

    /// <summary>The last id that it was given.</summary>
    public EventId Position { get; private set; }

    /// <summary>How many comments it received.</summary>
    public int Keepalives { get; private set; }

    /// <summary>How often it was cut.</summary>
    public int Cuts { get; private set; }

    /// <summary>The longest time between two messages.</summary>
    public TimeSpan LongestSilence { get; private set; }

    /// <summary>Breaks its connection, so that it comes back elsewhere.</summary>
    public void Cut() => Volatile.Read(ref connection)?.Cancel();

    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        await running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(Gateway);
            }
            catch (Exception cut) when (cut is HttpRequestException or IOException or OperationCanceledException)
            {
                // Its gateway is gone or silent, or the listener was stopped.
            }

            if (stopping.IsCancellationRequested || !comesBack)
            {
                return;
            }

            Cuts++;
            at++;
            await Task.Delay(Pause, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListenAsync(Uri gateway)
    {
        var silence = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        silence.CancelAfter(SilenceOfTheDead);
        // Not disposed here: a test may cut the listener at the moment at which it ends by itself.
        Volatile.Write(ref connection, silence);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway, $"/stream/{stream}"));
        // As browsers do, it resumes with the last id that it was given, also where nothing had been pushed yet.
        if (connected.Task.IsCompleted || Position != default)
        {
            request.Headers.Add("Last-Event-ID", Position.ToString());
        }

        using var answer = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            // Browsers would give up for good.
            Surprises.Add($"status {(int)answer.StatusCode} from {gateway}");
            return;
        }

        using var reader = new SseReader(await answer.Content.ReadAsStreamAsync(silence.Token), withComments: true);
        while (await reader.NextAsync(silence.Token) is { } block)
        {
            silence.CancelAfter(SilenceOfTheDead);
            Take(block, gateway);
        }
    }

    private void Take(SseBlock block, Uri gateway)
    {
        if (block.Type.Length == 0)
        {
            Keepalives++;
        }
        else if (block.Type == "resume")
        {
            using var verdict = JsonDocument.Parse(block.Data);
            Verdicts.Add(new(lastServed ?? gateway, gateway, verdict.RootElement.GetProperty("status").GetString()!));
            lastServed = gateway;
        }
        else if (!EventId.TryParse(block.Id, out var id))
        {
            Surprises.Add($"{block.Type} with id '{block.Id}': {block.Data}");
        }
        else if (block.Data.StartsWith("Connected at ", StringComparison.Ordinal))
        {
            Position = id;
            lastServed ??= gateway;
            connected.TrySetResult();
        }
        else
        {
            Position = id;
            Messages.Add(new(id, block.Data[(block.Data.IndexOf("] ", StringComparison.Ordinal) + 2)..]));
            var now = Stopwatch.GetTimestamp();
            var silent = lastMessage == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(lastMessage, now);
            LongestSilence = silent > LongestSilence ? silent : LongestSilence;
            lastMessage = now;
        }
    }
}
