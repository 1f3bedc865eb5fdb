using System.Net.ServerSentEvents;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>A listener over a connection of its own that reads with .NET's parser.</summary>
public sealed class TestListener : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient client;
    private readonly HttpResponseMessage response;
    private readonly SseParser<string> parser;
    private readonly IAsyncEnumerator<SseItem<string>> items;

    private TestListener(HttpClient client, HttpResponseMessage response, Stream body)
    {
        (this.client, this.response) = (client, response);
        parser = SseParser.Create(body);
        items = parser.EnumerateAsync().GetAsyncEnumerator();
    }

    /// <summary>The first event: <c>Connected at</c>.</summary>
    public SseItem<string> Connected { get; private set; }

    /// <summary>The id of the last event that had one: a browser would send it when it reconnects.</summary>
    public string LastEventId => parser.LastEventId;

    public HttpResponseMessage Response => response;

    public static async Task<TestListener> ConnectAsync(Uri address, string? lastEventId = null, HttpMessageHandler? handler = null, Version? version = null)
    {
        var client = new HttpClient(handler ?? new SocketsHttpHandler()) { Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (version is not null)
        {
            (request.Version, request.VersionPolicy) = (version, HttpVersionPolicy.RequestVersionExact);
        }

        if (lastEventId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        }

        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience);
        response.StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        var listener = new TestListener(client, response, await response.Content.ReadAsStreamAsync());
        listener.Connected = await listener.NextAsync();
        return listener;
    }

    /// <summary>The next event.</summary>
    public async Task<SseItem<string>> NextAsync()
    {
        (await items.MoveNextAsync().AsTask().WaitAsync(Patience)).ShouldBeTrue("the stream ended");
        return items.Current;
    }

    /// <summary>The next events.</summary>
    public async Task<List<SseItem<string>>> TakeAsync(int count)
    {
        var taken = new List<SseItem<string>>(count);
        while (taken.Count < count)
        {
            taken.Add(await NextAsync());
        }

        return taken;
    }

    /// <summary>Whether the connection ended without another event.</summary>
    public async Task<bool> HasEndedAsync()
    {
        try
        {
            return !await items.MoveNextAsync().AsTask().WaitAsync(Patience);
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            return true;
        }
    }

    public ValueTask DisposeAsync()
    {
        // Cutting the connection is how a browser leaves; the parser's pending read ends with it.
        response.Dispose();
        client.Dispose();
        return ValueTask.CompletedTask;
    }
}
