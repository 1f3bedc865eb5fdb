using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Webstream.Protocol;

/// <summary>
/// The JSON of the wire: camelCase, without absent members. Text is readable: it has no escapes for HTML.
/// U+2028 and U+2029 are escaped, because some clients split lines at them.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StreamMessage))]
[JsonSerializable(typeof(ConnectedRecord))]
[JsonSerializable(typeof(ResumeVerdict))]
[JsonSerializable(typeof(PushBody))]
[JsonSerializable(typeof(PushAnswer))]
[JsonSerializable(typeof(BatchAnswer))]
[JsonSerializable(typeof(ReadPage))]
[JsonSerializable(typeof(StreamSummary))]
[JsonSerializable(typeof(StreamList))]
[JsonSerializable(typeof(GatewayInfo))]
[JsonSerializable(typeof(EndRecord))]
[JsonSerializable(typeof(DeniedRecord))]
[JsonSerializable(typeof(CloseAnswer))]
[JsonSerializable(typeof(DeleteAnswer))]
[JsonSerializable(typeof(SettingsRecord))]
public sealed partial class WireJson : JsonSerializerContext
{
    /// <summary>The one instance to serialise with.</summary>
    public static WireJson Instance { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
