using System.Text;
using System.Text.Json;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Changing;

/// <summary>One gateway for all tests of changes, with a key and a pattern.</summary>
public sealed class ChangingGateway() : GatewayFixture(
    ("Webstream:ApiKey", "secret-of-the-tests"),
    ("Webstream:Log:MaxRetainedMessages", "20000"),
    ("Webstream:Streams:0:Match", "ci.*"),
    ("Webstream:Streams:0:RetainedMessages", "3"),
    ("Webstream:Streams:0:Description", "builds"),
    ("Webstream:Streams:1:Match", "*"),
    ("Webstream:Streams:1:Retention", "7.00:00:00"),
    ("Webstream:Presence:ReportInterval", "00:00:00.5"));

/// <summary>The tests that share it.</summary>
[CollectionDefinition(Name)]
public sealed class ChangingTests : ICollectionFixture<ChangingGateway>
{
    public const string Name = "changing";
}

/// <summary>Changes as clients ask for them.</summary>
internal static class Changes
{
    private static readonly (string, string) Key = ("X-API-Key", "secret-of-the-tests");

    public static Task<JsonElement> CloseStreamAsync(this TestGateway gateway, string stream) =>
        gateway.SendAsync(HttpMethod.Post, $"/api/streams/{stream}/close", Key).OkAsync();

    public static Task<JsonElement> DeleteStreamAsync(this TestGateway gateway, string stream) =>
        gateway.SendAsync(HttpMethod.Delete, $"/api/streams/{stream}", Key).OkAsync();

    public static Task<HttpResponseMessage> PutSettingsAsync(this TestGateway gateway, string stream, string json, string? key = "secret-of-the-tests")
    {
        var request = new HttpRequestMessage(HttpMethod.Put, $"/api/streams/{stream}/settings")
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        if (key is not null)
        {
            request.Headers.Add("X-API-Key", key);
        }

        return gateway.Client.SendAsync(request);
    }
}
