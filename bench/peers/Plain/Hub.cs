using System.Collections.Concurrent;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Webstream.Bench.Plain;

/// <summary>The clients of each stream: a channel for each client.</summary>
internal sealed class Hub
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<Channel<string>, bool>> _streams = new();

    public async IAsyncEnumerable<SseItem<string>> Listen(string stream, [EnumeratorCancellation] CancellationToken gone)
    {
        var clients = _streams.GetOrAdd(stream, _ => new());
        var channel = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
        clients[channel] = true;
        try
        {
            // Without a first item the client would not get the response's head.
            yield return new SseItem<string>($"Connected at {DateTimeOffset.UtcNow:O}");
            await foreach (var message in channel.Reader.ReadAllAsync(gone))
            {
                yield return new SseItem<string>(message);
            }
        }
        finally
        {
            clients.TryRemove(channel, out _);
        }
    }

    /// <summary>Returns how many clients got it.</summary>
    public int Push(string stream, string message)
    {
        if (!_streams.TryGetValue(stream, out var clients))
        {
            return 0;
        }

        var count = 0;

        // One push at a time, so that all clients see one order.
        lock (clients)
        {
            foreach (var (channel, _) in clients)
            {
                channel.Writer.TryWrite(message);
                count++;
            }
        }

        return count;
    }
}
