namespace Webstream.Cluster.Tests.Load;

/// <summary>Several listeners.</summary>
internal sealed class Listeners(IEnumerable<ReconnectingListener> listeners) : IAsyncDisposable
{
    private readonly ReconnectingListener[] all = [.. listeners];

    public Task ConnectedAsync() => Task.WhenAll(all.Select(listener => listener.Connected)).WaitAsync(Until.Patience);

    public async ValueTask DisposeAsync()
    {
        foreach (var listener in all)
        {
            await listener.DisposeAsync();
        }
    }
}
