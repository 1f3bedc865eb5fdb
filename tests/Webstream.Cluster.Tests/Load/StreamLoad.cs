using System.Diagnostics;

namespace Webstream.Cluster.Tests.Load;

/// <summary>Listeners and pushers on one stream of a cluster, and at the end the proof that no message was lost, doubled or invented.</summary>
internal sealed class StreamLoad : IAsyncDisposable
{
    /// <summary>A gateway promises an answer within 5 s. The rest is for a machine on which other processes of the cluster start meanwhile.</summary>
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(5 + 3);

    private readonly Uri[] gateways;
    private readonly List<RetryingPusher> pushers = [];
    private readonly List<long> strikes = [];
    private readonly long began = Stopwatch.GetTimestamp();

    private StreamLoad(Uri[] gateways, string stream) => (this.gateways, Stream) = (gateways, stream);

    public string Stream { get; }

    public List<ReconnectingListener> Listeners { get; } = [];

    public IReadOnlyList<RetryingPusher> Pushers => pushers;

    /// <summary>How many pushes were acknowledged so far.</summary>
    public int Pushes => pushers.Sum(pusher => pusher.Pushes);

    /// <summary>The requests that were under way at a strike and got no answer.</summary>
    public IEnumerable<Try> CutByStrikes => pushers.SelectMany(pusher => pusher.Tries).Where(t => t.Cut && strikes.Any(at => t.Began < at && t.Ended > at));

    /// <summary>The longest time between two messages that a listener saw.</summary>
    public TimeSpan LongestSilence => Listeners.Max(listener => listener.LongestSilence);

    /// <summary>Starts a load and waits until all listeners are connected and pushes are acknowledged.</summary>
    public static async Task<StreamLoad> StartAsync(Uri[] gateways, string stream, int listeners = 24, int pushers = 4)
    {
        var load = new StreamLoad(gateways, stream);
        load.Listeners.AddRange(Enumerable.Range(0, listeners).Select(number => new ReconnectingListener(gateways, number, stream)));
        await Task.WhenAll(load.Listeners.Select(listener => listener.Connected)).WaitAsync(Until.Patience);
        load.pushers.AddRange(Enumerable.Range(1, pushers).Select(number => new RetryingPusher($"pusher-{number}", gateways, stream, seed: number)));
        await load.FlowsAsync();
        return load;
    }

    /// <summary>Waits until pushes are acknowledged that began after this call.</summary>
    public async Task FlowsAsync(int pushes = 40)
    {
        var before = Pushes;
        await Until.TrueAsync(
            () => Pushes >= before + pushes || pushers.Any(pusher => pusher.Running.IsFaulted), what: $"{pushes} more pushes are acknowledged");
        await (pushers.FirstOrDefault(pusher => pusher.Running.IsFaulted)?.Running ?? Task.CompletedTask);
    }

    /// <summary>Does something at a moment at which pushes are under way.</summary>
    public async Task WhileInFlightAsync(Func<Task> strike)
    {
        await Until.TrueAsync(() => pushers.Count(pusher => pusher.IsInFlight) >= 2, what: "pushes are in flight");
        strikes.Add(Stopwatch.GetTimestamp());
        await strike();
    }

    /// <summary>The same for an action that takes no time.</summary>
    public Task WhileInFlightAsync(Action strike) => WhileInFlightAsync(() =>
    {
        strike();
        return Task.CompletedTask;
    });

    /// <summary>Ends the load, and proves that no message was harmed.</summary>
    /// <param name="scenario">The name for the test's output.</param>
    /// <param name="reconnected">Whether a listener must have resumed with its id at another gateway.</param>
    /// <param name="mayHang">Whether a gateway was frozen, and a push with it.</param>
    public async Task FinishAsync(string scenario, bool reconnected, bool mayHang = false)
    {
        await Task.WhenAll(pushers.Select(pusher => pusher.StopAsync()));
        var last = pushers.SelectMany(pusher => pusher.Acknowledged.Values).MaxBy(id => id.Sequence);
        var arrival = await Until.TrueAsync(
            () => Listeners.All(listener => listener.Position.Sequence >= last.Sequence), what: $"every listener has {last}");
        await JoinLateAsync(last);
        await CountIsExactAsync();
        var window = (await StreamDescription.AskAsync(gateways[0], Stream))?.WindowSeconds ?? 0;
        await Task.WhenAll(Listeners.Select(listener => listener.StopAsync()));

        var tries = pushers.SelectMany(pusher => pusher.Tries).ToArray();
        Report(scenario, tries, arrival, window);
        strikes.ShouldAllBe(at => tries.Any(t => t.Began < at && t.Ended > at), "a push was in flight at each strike");
        Reconciliation.Check(pushers, Listeners);
        window.ShouldBeGreaterThan(LongestSilence.TotalSeconds, "the retained window covers the outage");
        if (!mayHang)
        {
            tries.Max(t => t.Took).ShouldBeLessThan(LongestAnswer, "a push hung");
        }

        if (reconnected)
        {
            Listeners.SelectMany(listener => listener.Verdicts).ShouldContain(
                verdict => verdict.Status == "recovered" && verdict.From != verdict.To, "a listener went on at another gateway");
        }
    }

    /// <summary>Each gateway names the number of listeners on all gateways.</summary>
    public async Task CountIsExactAsync()
    {
        var expected = (Listeners.Count, Listeners.Select(listener => listener.Gateway).Distinct().Count());
        foreach (var gateway in gateways)
        {
            await Until.EqualAsync(() => StreamDescription.CountAsync(gateway, Stream), expected, $"clients and gateways of {Stream}, asked at {gateway}");
        }
    }

    // A listener that has nothing yet is given the whole history, beginning before the failure.
    private async Task JoinLateAsync(EventId last)
    {
        var late = new ReconnectingListener(gateways, gateways.Length - 1, Stream, from: last with { Sequence = 0 });
        Listeners.Add(late);
        await Until.TrueAsync(() => late.Position.Sequence >= last.Sequence, what: "one that came late has the whole history");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var pusher in pushers)
        {
            await pusher.DisposeAsync();
        }

        foreach (var listener in Listeners)
        {
            await listener.DisposeAsync();
        }
    }

    private void Report(string scenario, Try[] tries, TimeSpan arrival, double window)
    {
        var messages = pushers.Sum(pusher => pusher.Acknowledged.Count);
        var slowest = tries.Where(t => t.Status is not null).MaxBy(t => t.Took);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var statuses = tries.GroupBy(t => (t.Status, t.Cut)).Select(g => $"{(g.Key is ({ } status, _) ? (int)status : g.Key.Cut ? "cut" : "not connected")}: {g.Count()}");
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"""
            {scenario}
              {messages} messages in {tries.Count(t => t.Status == System.Net.HttpStatusCode.OK)} pushes to {Listeners.Count} listeners in {seconds:F1} s
              longest silence a listener saw      {LongestSilence.TotalSeconds:F2} s
              longest time until a push was in    {pushers.Max(pusher => pusher.LongestPush).TotalSeconds:F2} s
              longest time until an answer came   {slowest.Took.TotalSeconds:F2} s ({(int)slowest.Status!.Value}, {Stopwatch.GetElapsedTime(began, slowest.Began).TotalSeconds:F1} s after the start)
              answers                             {string.Join(", ", statuses)}
              listeners cut {Listeners.Sum(listener => listener.Cuts)} times, recovered {Listeners.Sum(listener => listener.Verdicts.Count)} times; all had everything {arrival.TotalSeconds:F2} s after the last push
              the retained window covered         {window:F1} s
            """));
    }
}
