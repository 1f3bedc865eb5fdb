using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

/// <summary>A feed that sends the events that a test gives it to the subscriptions that are there.</summary>
internal sealed class FeedDouble : IStreamFeed
{
    private readonly Lock gate = new();
    private readonly List<Action<StreamEvent>> subscriptions = [];

    /// <summary>How many subscriptions there are now.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return subscriptions.Count;
            }
        }
    }

    /// <summary>How many subscriptions were ever asked for.</summary>
    public int Asked { get; private set; }

    /// <summary>Awaited before a subscription is made.</summary>
    public Func<Task>? BeforeSubscribe { get; set; }

    public async Task<IAsyncDisposable> SubscribeAsync(StreamName stream, Action<StreamEvent> onEvent)
    {
        Asked++;
        await (BeforeSubscribe?.Invoke() ?? Task.CompletedTask);
        lock (gate)
        {
            subscriptions.Add(onEvent);
        }

        return new Subscription(this, onEvent);
    }

    public void Send(StreamEvent streamEvent)
    {
        Action<StreamEvent>[] now;
        lock (gate)
        {
            now = [.. subscriptions];
        }

        Array.ForEach(now, subscription => subscription(streamEvent));
    }

    /// <summary>Drops every subscription without telling anyone.</summary>
    public void Forget()
    {
        lock (gate)
        {
            subscriptions.Clear();
        }
    }

    private sealed class Subscription(FeedDouble feed, Action<StreamEvent> onEvent) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            lock (feed.gate)
            {
                feed.subscriptions.Remove(onEvent);
            }

            return default;
        }
    }
}
