using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Connections.Features;
using Webstream.Grains.Memory;

namespace Webstream.Gateway.Memory;

/// <summary>The shares of this process's memory that a gateway's callers use, and the weights that are charged against them.</summary>
internal sealed class GatewayMemory
{
    /// <summary>What a waiting listener weighs besides its connection, in bytes.</summary>
    public const int WaitingListener = 4 * 1024;

    /// <summary>What a held request weighs besides its connection, in bytes: its context, its timers, its tasks.</summary>
    public const int HeldRequest = 12 * 1024;

    /// <summary>What a tool call weighs while it runs, besides its body, in bytes: a server of its own, with its services.</summary>
    public const int ToolCall = 32 * 1024;

    /// <summary>What a stream with listeners or waiting callers weighs on a gateway besides its frames, in bytes.</summary>
    public const int Stream = 12 * 1024;

    // What TLS adds to a connection: its session and its buffers. Over HTTP/2 many requests share one connection.
    private const int Tls = 20 * 1024;

    // People set small shares to try them out: a few listeners shall be able to wait there too.
    private const int LeastWaiting = 64;

    public GatewayMemory(MemoryBudget budget, IMeterFactory meters)
    {
        var forWaiting = budget.Held.Limit / 8;
        Bodies = new(budget.Bodies);
        Held = new(budget.Held, (int)Math.Clamp(forWaiting / WaitingListener, LeastWaiting, int.MaxValue), forWaiting);
        Replays = new(budget.Replays, kept: budget.Replays.Limit / 4);
        Reads = new(budget.Replays);
        // Pages have a part of their own: the memory of streams and their frames cannot be refused, and would leave nothing for pages.
        Pages = new(new MemoryShare("pages", budget.Frames.Limit / 3));
        Frames = new(budget.Frames, kept: budget.Frames.Limit / 3);
        Show(meters.Create(GatewayMetrics.MeterName));
    }

    /// <inheritdoc cref="MemoryOptions.Bodies"/>
    public FairShare Bodies { get; }

    /// <inheritdoc cref="MemoryOptions.Held"/>
    public FairShare Held { get; }

    /// <inheritdoc cref="MemoryOptions.Replays"/>
    public FairShare Replays { get; }

    /// <summary>Answers with history: they may also use the quarter of the replays' share that replays do not get.</summary>
    public FairShare Reads { get; }

    /// <inheritdoc cref="MemoryOptions.Frames"/>
    public FairShare Frames { get; }

    /// <summary>History pages: they have a third of the frames' share, which the streams do not get.</summary>
    public FairShare Pages { get; }

    /// <summary>What messages that were read weigh, in bytes: their texts in UTF-16, and their objects.</summary>
    /// <param name="messages">How many messages.</param>
    /// <param name="bytes">The sum of their sizes.</param>
    public static long WeightOfMessages(int messages, long bytes) => (2 * bytes) + (256L * messages);

    /// <summary>What a request weighs, including what TLS adds to its connection.</summary>
    public static long WeightOf(HttpContext context, long bytes) =>
        HttpProtocol.IsHttp11(context.Request.Protocol) && context.Features.Get<ITlsHandshakeFeature>() is not null ? bytes + Tls : bytes;

    private void Show(Meter meter)
    {
        meter.CreateObservableGauge("webstream.memory.pages", () => Pages.Share.Used, "By", "Memory in use for history pages, which have a third of the frames' share");
        meter.CreateObservableGauge("webstream.memory.waiting", () => Measure(share => share.Waiting), "{listener}", "Who waits for memory now, by share");
        meter.CreateObservableCounter("webstream.memory.waited", () => Measure(share => share.Waited), "{listener}", "Who ever waited for memory, by share");
        meter.CreateObservableCounter(
            "webstream.memory.refused_addresses", () => Measure(share => share.RefusedAddresses), "{refusal}", "What was refused because one address had half of a share");

        IEnumerable<Measurement<long>> Measure(Func<FairShare, long> value) => ((FairShare[])[Bodies, Held, Replays, Reads, Frames, Pages])
            .GroupBy(share => share.Share.Name)
            .Select(shares => new Measurement<long>(shares.Sum(value), new KeyValuePair<string, object?>("share", shares.Key)));
    }
}
