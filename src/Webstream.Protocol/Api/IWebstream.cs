namespace Webstream.Protocol;

/// <summary>
/// What anyone may ask of the system. Over the grains in a gateway, over HTTP elsewhere.
/// Every method throws <see cref="WebstreamException"/> for what the caller can mend or try again.
/// </summary>
public interface IWebstream
{
    /// <summary>Pushes messages to a stream. When it returns, they are numbered and in the stream's log.</summary>
    Task<PushReceipt> PushAsync(PushRequest request, CancellationToken cancellationToken);

    /// <summary>Reads a page of a stream, waiting for something new if asked to.</summary>
    Task<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken);

    /// <summary>The streams that have history or listeners, a page at a time. It may be a second old.</summary>
    Task<StreamList> ListAsync(StreamListRequest request, CancellationToken cancellationToken);

    /// <summary>One stream, as its owner knows it.</summary>
    Task<StreamSummary> DescribeAsync(StreamName stream, CancellationToken cancellationToken);
}
