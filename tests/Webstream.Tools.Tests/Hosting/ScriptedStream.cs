using Microsoft.Extensions.Time.Testing;
using Webstream.Protocol;

namespace Webstream.Tools.Tests.Hosting;

/// <summary>A gateway with one stream in memory, whose clock runs only while a read waits: to what comes next by the script.</summary>
internal sealed class ScriptedStream : IGatewaySource, IWebstream
{
    public const string Page = "dashboard";

    private const ulong Epoch = 0xabc;

    private readonly List<StreamMessage> log = [];
    private readonly Queue<(DateTimeOffset At, Action Happens)> script = new();

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UnixEpoch);

    public GatewayDefaults Defaults { get; } = new();

    public bool IsShared { get; init; }

    public CancellationToken Stopping => CancellationToken.None;

    /// <summary>The reads that it answered.</summary>
    public List<ReadRequest> Reads { get; } = [];

    /// <summary>The seconds since the beginning.</summary>
    public double Now => (Time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    private EventId Head => log.Count == 0 ? EventId.Zero : log[^1].Id;

    public static EventId IdOf(long sequence) => new(Epoch, sequence);

    /// <summary>Adds a message.</summary>
    public EventId Add(string text, string? type = null, string? source = null, EventId? inReplyTo = null)
    {
        log.Add(new()
        {
            Id = IdOf(log.Count + 1),
            Stream = StreamName.Main,
            Timestamp = Time.GetUtcNow(),
            Message = text,
            Event = type,
            Source = source,
            InReplyTo = inReplyTo,
        });
        return Head;
    }

    /// <summary>Lets something happen at a second, while a read waits; in the order of the seconds.</summary>
    public void At(double second, Action happens) => script.Enqueue((DateTimeOffset.UnixEpoch.AddSeconds(second), happens));

    public Task<GatewayTarget> ResolveAsync(string? host, int? port, CancellationToken cancellationToken) => Task.FromResult(new GatewayTarget(this, []));

    public Task<OtherGateway?> FindListenedAsync(GatewayTarget current, StreamName stream, CancellationToken cancellationToken) => Task.FromResult<OtherGateway?>(null);

    public Task<PushReceipt> PushAsync(PushRequest request, CancellationToken cancellationToken)
    {
        var item = request.Items.ShouldHaveSingleItem();
        var id = Add(item.Message, item.Event, item.Source, item.InReplyTo);
        return Task.FromResult(new PushReceipt { Stream = request.Stream, FirstId = id, LastId = id, Timestamp = Time.GetUtcNow(), Clients = 1, Gateways = 1 });
    }

    public Task<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken)
    {
        request.InReplyTo.ShouldBeNull("the tools look at all messages");
        Reads.Add(request);
        var page = PageOf(request);
        var end = Time.GetUtcNow() + request.Wait;
        while (page.Messages.Count == 0 && Time.GetUtcNow() < end)
        {
            var next = script.TryPeek(out var step) && step.At <= end ? script.Dequeue() : (At: end, Happens: () => { });
            Time.SetUtcNow(next.At > Time.GetUtcNow() ? next.At : Time.GetUtcNow());
            next.Happens();
            page = PageOf(request);
        }

        return Task.FromResult(page);
    }

    public Task<StreamList> ListAsync(StreamListRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<StreamSummary> DescribeAsync(StreamName stream, CancellationToken cancellationToken) => throw new NotSupportedException();

    private ReadPage PageOf(ReadRequest request)
    {
        var messages = log.Skip((int)(request.After?.Sequence ?? 0)).Take(request.Limit).ToArray();
        var verdict = request.After is { } after ? ResumeVerdict.Judge(after, Head, 1) : null;
        return new(request.Stream, messages, messages.Length > 0 ? messages[^1].Id : Head, Head, verdict);
    }
}
