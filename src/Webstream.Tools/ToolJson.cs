using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol;

namespace Webstream.Tools;

/// <summary>The JSON of tools: it reads their arguments and writes the members of their answers.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(MessageView))]
[JsonSerializable(typeof(PushResult))]
[JsonSerializable(typeof(ReadResult))]
[JsonSerializable(typeof(AskResult))]
[JsonSerializable(typeof(StreamListResult))]
[JsonSerializable(typeof(StreamStatusResult))]
internal sealed partial class ToolJson : JsonSerializerContext
{
    /// <summary>The one instance to serialise with. Its text is readable, without escapes for HTML.</summary>
    public static ToolJson Instance { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>The options with which the SDK reads arguments and makes schemas: for its own types and ours.</summary>
    public static JsonSerializerOptions Binding { get; } = MakeBinding();

    private static JsonSerializerOptions MakeBinding()
    {
        var options = new JsonSerializerOptions(Instance.Options)
        {
            TypeInfoResolver = JsonTypeInfoResolver.Combine(Instance, McpJsonUtilities.DefaultOptions.TypeInfoResolver),
        };
        options.MakeReadOnly();
        return options;
    }
}
