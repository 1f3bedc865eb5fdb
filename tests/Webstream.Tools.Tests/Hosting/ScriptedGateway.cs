using Webstream.Protocol;

namespace Webstream.Tools.Tests.Hosting;

/// <summary>A gateway that answers as a test says, and the source that always finds it.</summary>
internal sealed class ScriptedGateway : IGatewaySource, IWebstream
{
    private static readonly EventId Id = new(0xabc, 1);

    public GatewayDefaults Defaults { get; init; } = new();

    public CancellationToken Stopping => CancellationToken.None;

    /// <summary>The exception that every call to the gateway throws.</summary>
    public Exception? Failure { get; set; }

    /// <summary>The exception that is thrown instead of finding the gateway.</summary>
    public Exception? NotFound { get; set; }

    public bool Started { get; init; }

    public IReadOnlyList<string> Notes { get; init; } = [];

    public OtherGateway? Other { get; init; }

    /// <summary>The host and the port of the last request to find a gateway.</summary>
    public (string? Host, int? Port) Resolved { get; private set; }

    public PushRequest? Pushed { get; private set; }

    public Task<GatewayTarget> ResolveAsync(string? host, int? port, CancellationToken cancellationToken)
    {
        Resolved = (host, port);
        return NotFound is null ? Task.FromResult(new GatewayTarget(this, [new("http://localhost:8000")], Started, Notes)) : throw NotFound;
    }

    public Task<OtherGateway?> FindListenedAsync(GatewayTarget current, StreamName stream, CancellationToken cancellationToken) => Task.FromResult(Other);

    public Task<PushReceipt> PushAsync(PushRequest request, CancellationToken cancellationToken)
    {
        Pushed = request;
        return Answer(new PushReceipt { Stream = request.Stream, FirstId = Id, LastId = Id, Timestamp = DateTimeOffset.UnixEpoch, Clients = 0, Gateways = 0 });
    }

    /// <summary>The answer to a read; none: no messages.</summary>
    public ReadPage? Page { get; set; }

    public Task<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken) => Answer(Page ?? new ReadPage(request.Stream, [], Id, Id, null));

    /// <summary>The requests to list streams.</summary>
    public List<StreamListRequest> Lists { get; } = [];

    /// <summary>The streams that it lists, in pages.</summary>
    public IReadOnlyList<StreamSummary> Streams { get; set; } = [];

    public Task<StreamList> ListAsync(StreamListRequest request, CancellationToken cancellationToken)
    {
        Lists.Add(request);
        var rest = Streams.SkipWhile(stream => request.After is { } after && !stream.Name.Equals(after)).Skip(request.After is null ? 0 : 1).ToArray();
        return Answer(rest.Length > request.Limit ? new StreamList(rest[..request.Limit], rest[request.Limit - 1].Name) : new StreamList(rest));
    }

    public Task<StreamSummary> DescribeAsync(StreamName stream, CancellationToken cancellationToken) =>
        Answer(new StreamSummary { Name = stream, Head = Id, Oldest = 1, Clients = 0, Gateways = 0 });

    private Task<T> Answer<T>(T answer) => Failure is null ? Task.FromResult(answer) : Task.FromException<T>(Failure);
}
