namespace Webstream.Protocol;

/// <summary>
/// The operations of the product. A gateway calls the grains; other programs call a gateway over HTTP.
/// Every method throws <see cref="WebstreamException"/> for a failure that the caller can mend or retry.
/// </summary>
public interface IWebstream
{
    /// <summary>Pushes messages to a stream. When it returns, they are numbered and in the stream's history.</summary>
    Task<PushReceipt> PushAsync(PushRequest request, CancellationToken cancellationToken);

    /// <summary>Reads a page of a stream. If the request says so, it waits for new messages.</summary>
    Task<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken);

    /// <summary>The streams that have history or listeners, a page at a time. The list may be a second old.</summary>
    Task<StreamList> ListAsync(StreamListRequest request, CancellationToken cancellationToken);

    /// <summary>One stream, as its owner knows it.</summary>
    Task<StreamSummary> DescribeAsync(StreamName stream, CancellationToken cancellationToken);
}
