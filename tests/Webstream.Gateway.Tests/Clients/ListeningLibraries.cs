using System.Text.Json;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Clients;

/// <summary>
/// The libraries of <c>tests/sse-clients</c>, each on a stream of its own over connections that are cut. All listen at the same time, because their
/// waits before they reconnect take most of the time.
/// </summary>
/// <param name="programs">Runs them.</param>
public sealed class ListeningLibraries(ClientPrograms programs) : IAsyncLifetime
{
    /// <summary>The number of cuts for each library. A library that waits a second after each cut gets fewer.</summary>
    internal static readonly IReadOnlyDictionary<string, int> Cuts = new Dictionary<string, int>
    {
        ["eventsource-2"] = 40,
        ["eventsource-3"] = 20,
        ["eventsource-4"] = 20,
        ["eventsource-5"] = 20,
        ["launchdarkly-eventsource"] = 20,
        ["event-source-polyfill"] = 8,
        ["undici"] = 20,
        ["eventsource-client"] = 20,
        ["fetch-event-source"] = 40,
    };

    // These libraries take an id when they read its line, and resume after it even when its message never ended.
    private static readonly string[] TakeIdsAtOnce = ["eventsource-2", "fetch-event-source"];

    private readonly SemaphoreSlim starting = new(1, 1);
    private readonly Dictionary<string, Task<CutStream>> streams = [];
    private TestGateway? gateway;

    public ValueTask InitializeAsync() => default;

    /// <summary>The stream of a library, once the library has received all of it. The first caller starts all libraries.</summary>
    internal async Task<CutStream> ListenAsync(string library)
    {
        await starting.WaitAsync();
        try
        {
            // Without keepalives, because some of the libraries hand these on as empty messages.
            gateway ??= await TestGateway.StartAsync(("Webstream:Listeners:Retry", "00:00:00.1"), ("Webstream:Listeners:Keepalive", "00:05:00"));
            foreach (var other in streams.Count == 0 ? Cuts.Keys : [])
            {
                streams[other] = ListenAsync(gateway, other);
            }
        }
        finally
        {
            starting.Release();
        }

        return await streams[library];
    }

    public async ValueTask DisposeAsync()
    {
        await ((Task)Task.WhenAll(streams.Values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (gateway is not null)
        {
            await gateway.DisposeAsync();
        }

        starting.Dispose();
    }

    private async Task<CutStream> ListenAsync(TestGateway gateway, string library)
    {
        await using var relay = new CuttingRelay(gateway.Address, seed: library.Length, sparesEnds: TakeIdsAtOnce.Contains(library));
        var stream = new CutStream(gateway, relay, library);
        await stream.PushHistoryAsync();
        await using var program = await programs.LibraryAsync(library, stream.Address);
        await stream.FollowAsync(
            Cuts[library], async () => JsonSerializer.Deserialize<Heard>(await program.LineAsync(), JsonSerializerOptions.Web)!);
        return stream;
    }
}
