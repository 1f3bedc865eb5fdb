using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Access;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Idle;
using Webstream.Gateway.Listening;
using Webstream.Gateway.Memory;
using Webstream.Gateway.Rules;
using Webstream.Gateway.Tests.Access;
using Webstream.Gateway.Tests.Limits;
using Webstream.Gateway.Tests.Signing;
using Webstream.Gateway.Tests.Streams;
using Webstream.Gateway.Transport;
using Webstream.Grains.Memory;

namespace Webstream.Gateway.Tests.Listening;

/// <summary>The listeners of a gateway without a web server and without a cluster, on a clock of the test's own.</summary>
internal sealed class ListenersRig : IDisposable
{
    private readonly RegistryRig streams;
    private readonly DrainWaves drain;
    private readonly HandOverGarbage garbage;
    private readonly ApplicationLifetime lifetime = new(NullLogger<ApplicationLifetime>.Instance);
    private readonly MetricCollector<long> ended;
    private readonly IdleClock idle;
    private readonly AccessRig keys;
    private readonly List<ListenerDouble> clients = [];

    public ListenersRig(ListenerOptions? listeners = null, MemoryOptions? memory = null, AccessOptions? access = null)
    {
        Options = listeners ?? new();
        var options = Microsoft.Extensions.Options.Options.Create(Options);
        var meters = TestMessages.Meters();
        ended = new(meters, GatewayMetrics.MeterName, "webstream.listener.ended");
        Memory = TestMessages.Memory(memory);
        Limit = new(options, new LimitsRig(time: Time).Limits);
        idle = new(Time);
        streams = new(Time);
        drain = new(lifetime, Limit, options, Time);
        garbage = new(Time, () => { });
        keys = new(Time, access);
        Listeners = new(streams.Registry, Memory, Limit, drain, garbage, idle, new(meters), keys.Grants, TestSecret.Known(), options, Time);
    }

    public FakeTimeProvider Time { get; } = new();

    public ListenerOptions Options { get; }

    public GatewayMemory Memory { get; }

    public ListenerLimit Limit { get; }

    public Listeners Listeners { get; }

    public GrainDouble Grain => streams.Grain;

    /// <summary>Why listeners ended so far.</summary>
    public string Ends => string.Join(", ", ended.GetMeasurementSnapshot().Select(one => one.Tags["reason"]));

    /// <summary>The gateway has a use, or listeners are counted at a stream.</summary>
    public bool IsInUse
    {
        get
        {
            Time.Advance(TimeSpan.FromMilliseconds(1));
            return idle.Idle == TimeSpan.Zero || streams.Registry.Listeners > 0 || Limit.Taken > 0 || Memory.Held.Share.Used > 0 || Memory.Replays.Share.Used > 0;
        }
    }

    /// <summary>Opens a listener's connection to the stream of the tests, and runs it.</summary>
    /// <param name="query">The query of its address.</param>
    /// <param name="lastEventId">The event id with which it resumes.</param>
    /// <param name="handOver">Takes the socket over; none when the web server writes.</param>
    /// <param name="writeAhead">How many bytes the web server takes before the client has to read.</param>
    public ListenerDouble Connect(string query = "", string? lastEventId = null, ISocketHandOver? handOver = null, long writeAhead = 1 << 20) =>
        TryConnect(query, lastEventId, handOver, writeAhead).ShouldNotBeNull();

    /// <inheritdoc cref="Connect"/>
    public ListenerDouble? TryConnect(string query = "", string? lastEventId = null, ISocketHandOver? handOver = null, long writeAhead = 1 << 20) =>
        TryConnect(request => request, query, lastEventId, handOver, writeAhead);

    /// <summary>Opens the connection of a listener that has a key, for the stream of the tests.</summary>
    /// <returns>The listener, and what revokes its key.</returns>
    public async Task<(ListenerDouble Listener, Action Revoke)> ConnectWithKeyAsync()
    {
        var (key, id) = keys.Keys.Add(new() { Subscribe = ["test"] });
        var (_, stored) = await keys.Ring.FindAsync(key);
        var caller = new Caller(KeyIdentity.Of(stored!), KeyState.Right, default, isLocal: false, foreign: null);
        return (TryConnect(request => request with { Holder = caller }).ShouldNotBeNull(), () => keys.Keys.Remove(id));
    }

    private ListenerDouble? TryConnect(
        Func<ListenRequest, ListenRequest> request, string query = "", string? lastEventId = null, ISocketHandOver? handOver = null, long writeAhead = 1 << 20)
    {
        var client = new ListenerDouble(query, lastEventId, handOver, writeAhead);
        clients.Add(client);
        client.Context.User = new Caller(null, KeyState.None, default, isLocal: true, foreign: null);
        var asked = request(ListenRequest.From(client.Context.Request, "test"));
        // Without a holder whoever asks may.
        if (Listeners.Open(client.Context, asked, asked.Holder is null ? null : keys.Permission, out var connection) is not null)
        {
            return null;
        }

        client.Running = connection!.RunAsync();
        return client;
    }

    /// <summary>Commits messages. The memory stream brings them.</summary>
    public void Push(int count) => streams.Feed.Send(Grain.Push(count));

    /// <summary>Shuts the gateway down, and lets time pass until something has happened.</summary>
    public Task DrainUntilAsync(Func<bool> condition)
    {
        lifetime.StopApplication();
        return Until.TrueAsync(condition, () => Time.Advance(TimeSpan.FromMilliseconds(20)));
    }

    public void Dispose()
    {
        clients.ForEach(client => client.Dispose());
        garbage.Dispose();
        keys.Dispose();
        ended.Dispose();
        streams.Dispose();
    }
}

/// <summary>A listener's request as the web server shows it, and the client's end of it.</summary>
internal sealed class ListenerDouble : IHttpResponseBodyFeature, IHttpRequestLifetimeFeature, IHttpRequestBodyDetectionFeature, IDisposable
{
    private readonly CancellationTokenSource gone = new();
    private readonly Pipe body;
    private readonly StringBuilder text = new();

    public ListenerDouble(string query, string? lastEventId, ISocketHandOver? handOver, long writeAhead)
    {
        body = new(new(pauseWriterThreshold: writeAhead, resumeWriterThreshold: writeAhead / 2, useSynchronizationContext: false));
        RequestAborted = gone.Token;
        Context.Request.Protocol = HttpProtocol.Http11;
        Context.Request.QueryString = new(query);
        Context.Features.Set<IHttpResponseBodyFeature>(this);
        Context.Features.Set<IHttpRequestLifetimeFeature>(this);
        Context.Features.Set<IHttpRequestBodyDetectionFeature>(this);
        Context.Features.Set(handOver);
        if (lastEventId is not null)
        {
            Context.Request.Headers[ListenRequest.LastEventIdHeader] = lastEventId;
        }
    }

    public DefaultHttpContext Context { get; } = new();

    /// <summary>Serves the listener.</summary>
    public Task Running { get; set; } = Task.CompletedTask;

    /// <summary>The connection was cut: the client cannot take the response for a whole one.</summary>
    public bool IsCut { get; private set; }

    public CancellationToken RequestAborted { get; set; }

    public bool CanHaveBody => false;

    PipeWriter IHttpResponseBodyFeature.Writer => body.Writer;

    Stream IHttpResponseBodyFeature.Stream => body.Writer.AsStream();

    /// <summary>The client goes.</summary>
    public Task LeaveAsync() => gone.CancelAsync();

    /// <summary>No byte can be written to the response any more.</summary>
    public void Break() => body.Writer.Complete();

    /// <summary>Reads until the text that came so far fulfils a condition.</summary>
    public async Task<string> ReadUntilAsync(Func<string, bool> condition)
    {
        await Until.TrueAsync(() =>
        {
            while (body.Reader.TryRead(out var read))
            {
                foreach (var part in read.Buffer)
                {
                    text.Append(Encoding.UTF8.GetString(part.Span));
                }

                body.Reader.AdvanceTo(read.Buffer.End);
            }

            return condition(text.ToString());
        });
        return text.ToString();
    }

    /// <summary>Everything that came so far.</summary>
    public Task<string> ReadAsync() => ReadUntilAsync(_ => true);

    public void Abort() => IsCut = true;

    public void Dispose() => gone.Dispose();

    void IHttpResponseBodyFeature.DisableBuffering()
    {
    }

    Task IHttpResponseBodyFeature.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHttpResponseBodyFeature.SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    Task IHttpResponseBodyFeature.CompleteAsync() => Task.CompletedTask;
}
