using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Access;

/// <summary>The push of every test about who may.</summary>
internal static class PushFrom
{
    public static Task<HttpResponseMessage> PushWithAsync(this TestGateway gateway, string stream, params (string Name, string Value)[] headers) =>
        gateway.PostAsync($"/api/push?stream={stream}", "text", "text/plain", headers);
}
