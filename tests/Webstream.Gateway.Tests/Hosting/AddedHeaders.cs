namespace Webstream.Gateway.Tests.Hosting;

/// <summary>Sends headers that a listener's own client would not.</summary>
internal sealed class AddedHeaders(params (string Name, string Value)[] headers) : DelegatingHandler(new SocketsHttpHandler())
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        }

        return base.SendAsync(request, cancellationToken);
    }
}
