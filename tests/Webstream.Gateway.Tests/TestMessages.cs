using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Memory;
using Webstream.Grains.History;
using Webstream.Grains.Memory;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests;

/// <summary>Messages, memory and meters for tests below the sockets.</summary>
internal static class TestMessages
{
    public static readonly StreamName Stream = StreamName.Parse("test");

    private static readonly DateTimeOffset Noon = new(2025, 11, 11, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A message whose text names its sequence.</summary>
    public static StreamMessage Numbered(ulong epoch, long sequence, int padding = 0, DateTimeOffset? at = null) => new()
    {
        Id = new(epoch, sequence),
        Stream = Stream,
        Timestamp = at ?? Noon,
        Message = $"{epoch:x}/{sequence}{new string('.', padding)}",
    };

    /// <summary>Consecutive messages, the last one included.</summary>
    public static StreamMessage[] Range(ulong epoch, long first, long last)
    {
        var messages = new StreamMessage[last - first + 1];
        for (var i = 0; i < messages.Length; i++)
        {
            messages[i] = Numbered(epoch, first + i);
        }

        return messages;
    }

    /// <summary>Shares of memory that have room for everything, or those that a test sets.</summary>
    public static GatewayMemory Memory(MemoryOptions? options = null)
    {
        var meters = Meters();
        return new(new MemoryBudget(Options.Create(options ?? new() { Limit = 1L << 30 }), Options.Create(new HistoryOptions()), meters), meters);
    }

    /// <summary>Meters that no other test sees.</summary>
    public static IMeterFactory Meters() => new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
}
