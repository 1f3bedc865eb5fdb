using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Hosting;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>A whole gateway with its silo, in this process, on a free port of the loopback.</summary>
public sealed class TestGateway : IAsyncDisposable
{
    private readonly WebApplication app;

    private TestGateway(WebApplication app)
    {
        this.app = app;
        Address = new Uri(app.Urls.First());
        Client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(2) };
    }

    /// <summary>The address at which it listens.</summary>
    public Uri Address { get; }

    /// <summary>An HTTP client for everything but event streams.</summary>
    public HttpClient Client { get; }

    public IServiceProvider Services => app.Services;

    /// <summary>Whether the gateway takes the sockets of its plain listeners over from the web server.</summary>
    public bool IsHandedOver => OperatingSystem.IsLinux() && Service<IOptions<ListenerOptions>>().Value.HandOver;

    /// <summary>Starts a gateway.</summary>
    /// <param name="settings">Settings as <c>Webstream:Section:Name</c> and value.</param>
    public static Task<TestGateway> StartAsync(params (string Key, string Value)[] settings) =>
        StartAsync("http://127.0.0.1:0", null, settings);

    /// <summary>Starts a gateway on given addresses, with changes to its builder.</summary>
    internal static async Task<TestGateway> StartAsync(
        string urls, Action<WebApplicationBuilder>? configure, params (string Key, string Value)[] settings)
    {
        var app = GatewayApplication.Build(urls, builder =>
        {
            // The gateway adds its console after this, so that clearing the providers here would not silence it.
            builder.Configuration.AddInMemoryCollection([new("Logging:Console:LogLevel:Default", "None"), new("Webstream:Log:Store", "memory")]);
            // test.sh runs the tests of listening once more in a mode in which the web server writes to listeners.
            builder.Configuration.AddInMemoryCollection(
                [new("Webstream:Listeners:HandOver", Environment.GetEnvironmentVariable("WEBSTREAM_TEST_HAND_OVER") ?? "true")]);
            builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
            configure?.Invoke(builder);
        });
        await app.StartAsync();
        return new(app);
    }

    /// <summary>Pushes a message as JSON and reads the answer, which must be a success.</summary>
    public async Task<JsonElement> PushAsync(string message, string stream = "main")
    {
        using var answer = await Client.PostAsJsonAsync("/api/push", new { message, stream });
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.OK, body.ToString());
        return body;
    }

    /// <summary>Pushes numbered messages in batches, without going through the endpoints.</summary>
    /// <returns>The id of the last one.</returns>
    internal async Task<EventId> PushManyAsync(int count, string stream, int padding = 0)
    {
        var last = EventId.Zero;
        for (var pushed = 0; pushed < count;)
        {
            var items = new PushItem[Math.Min(count - pushed, Math.Min(PushRules.MaxBatchMessages, PushRules.MaxBatchBytes / (padding + 100)))];
            for (var i = 0; i < items.Length; i++)
            {
                items[i] = new() { Message = $"{last.Sequence + i + 1}{new string('.', padding)}" };
            }

            last = (await Service<GrainWebstream>().PushAsync(new(StreamName.Parse(stream), items), CancellationToken.None)).LastId;
            pushed += items.Length;
        }

        return last;
    }

    /// <summary>The streams that have an owner in the cluster now.</summary>
    internal async Task<string[]> OwnersAsync()
    {
        var grains = Service<IGrainFactory>();
        var type = grains.GetGrain<IStreamGrain>("any").GetGrainId().Type;
        return [.. (await grains.GetGrain<IManagementGrain>(0).GetActiveGrains(type)).Select(grain => grain.Key.ToString()!)];
    }

    /// <summary>The number of a stream's listeners, as its owner knows it.</summary>
    internal async Task<int> ClientsAsync(string stream) =>
        (await Service<GrainWebstream>().DescribeAsync(StreamName.Parse(stream), CancellationToken.None)).Clients;

    /// <summary>Listens, and has the <c>Connected at</c> event when it returns.</summary>
    public Task<TestListener> ListenAsync(string pathAndQuery = "/stream", string? lastEventId = null) =>
        TestListener.ConnectAsync(new(Address, pathAndQuery), lastEventId);

    internal T Service<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    /// <summary>Shuts the gateway down as at the end of a process.</summary>
    public Task StopAsync() => app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
