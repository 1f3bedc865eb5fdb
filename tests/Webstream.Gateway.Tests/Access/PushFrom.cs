using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Access;

/// <summary>The push that every test about access to writing uses.</summary>
internal static class PushFrom
{
    public static Task<HttpResponseMessage> PushWithAsync(this TestGateway gateway, string stream, params (string Name, string Value)[] headers) =>
        gateway.PostAsync($"/api/push?stream={stream}", "text", "text/plain", headers);
}
