using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Memory;
using Webstream.Grains.History;
using Webstream.Grains.Memory;
using Webstream.Protocol;

namespace Webstream.Benchmarks;

/// <summary>The form of a message's text.</summary>
public enum Text
{
    /// <summary>One line of 20 characters.</summary>
    Line,

    /// <summary>Ten lines of 20 characters.</summary>
    Lines,

    /// <summary>1 KB in one line.</summary>
    OneKilobyte,

    /// <summary>16 KB in one line.</summary>
    SixteenKilobytes,
}

/// <summary>The data of the benchmarks.</summary>
internal static class Sample
{
    public static StreamMessage Message(Text text) => new()
    {
        Id = new(0xfedc_ba98_7654_3210, 1_234_567),
        Stream = StreamName.Parse("builds"),
        Timestamp = new(2025, 11, 11, 12, 34, 56, TimeSpan.Zero),
        Message = text switch
        {
            Text.Line => new('x', 20),
            Text.Lines => string.Join('\n', Enumerable.Repeat(new string('x', 20), 10)),
            Text.OneKilobyte => new('x', 1024),
            _ => new('x', 16 * 1024),
        },
    };

    public static FrameBuffer Buffer(bool json = false)
    {
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        var memory = new GatewayMemory(new(Options.Create(new MemoryOptions()), Options.Create(new HistoryOptions()), meters), meters);
        return new(
            new(json, Typed: false), Framing.Server, new(new(), memory.Reads, TimeProvider.System, new(meters)), memory.Frames, new(0xfedc_ba98_7654_3210, 0));
    }

    public static void Append(this FrameBuffer log, StreamMessage message, int times)
    {
        for (var i = 0; i < times; i++)
        {
            log.Append(message);
        }
    }

    /// <summary>Reads to the end of the frame buffer, in the same parts as a listener.</summary>
    public static long ReadAll(this ref FrameCursor cursor, Span<byte> destination)
    {
        var total = 0L;
        for (var part = cursor.Read(destination.Length); !part.IsEmpty; part = cursor.Read(destination.Length))
        {
            part.Span.CopyTo(destination);
            total += part.Length;
        }

        return total;
    }
}
