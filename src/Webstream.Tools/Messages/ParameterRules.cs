using System.Collections.Frozen;
using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Webstream.Tools;

/// <summary>The form that a parameter must have.</summary>
internal enum ParameterForm
{
    /// <summary>A string.</summary>
    Text,

    /// <summary>A string or a number.</summary>
    TextOrNumber,

    /// <summary>One of the levels of logging.</summary>
    Level,

    /// <summary>A JSON object, or an empty list, which some languages write for an empty object.</summary>
    ObjectOrNothing,

    /// <summary>A JSON object.</summary>
    Object,

    /// <summary>Where the next page begins: this server has no pages.</summary>
    Cursor,
}

/// <summary>A parameter that a method reads.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Form">What it has to be.</param>
/// <param name="Means">What to send, after "Send".</param>
/// <param name="IsRequired">The method fails without it.</param>
/// <param name="Type">The type that the library reads it as, where that can fail below the parameter itself.</param>
/// <param name="Within">The members of an object.</param>
internal sealed record ParameterRule(
    string Name, ParameterForm Form, string Means, bool IsRequired = false, Type? Type = null, IReadOnlyList<ParameterRule>? Within = null);

/// <summary>
/// The parameters that the methods read. The library binds them to its types, and answers "An error occurred." to a value that does not
/// fit. A test compares these rules with the library's types.
/// </summary>
internal static class ParameterRules
{
    private static readonly ParameterRule Uri = new("uri", ParameterForm.Text, "the address of a resource, as \"webstream://status\"", IsRequired: true);

    private static readonly ParameterRule Cursor = new("cursor", ParameterForm.Cursor, "nothing: there is one page");

    private static readonly ParameterRule[] Client =
    [
        new("name", ParameterForm.Text, "the client's name, as \"my-client\"", IsRequired: true),
        new("version", ParameterForm.Text, "the client's version, as \"1.0\"", IsRequired: true),
    ];

    /// <summary>The parameters that every method reads.</summary>
    public static IReadOnlyList<ParameterRule> OfAll { get; } =
    [
        new("_meta", ParameterForm.Object, "a JSON object, or leave it out", Within:
        [
            new("progressToken", ParameterForm.TextOrNumber, "a string or a whole number"),
            new(MetaKeys.ProtocolVersion, ParameterForm.Text, "a revision of the protocol, as \"2026-07-28\""),
            new(MetaKeys.ClientInfo, ParameterForm.Object, "{\"name\": \"my-client\", \"version\": \"1.0\"}", Type: typeof(Implementation), Within: Client),
            new(MetaKeys.ClientCapabilities, ParameterForm.Object, "a JSON object, as {}", Type: typeof(ClientCapabilities)),
            new(MetaKeys.LogLevel, ParameterForm.Level, "a level of logging, as \"info\""),
        ]),
        new("inputResponses", ParameterForm.Object, "a JSON object, or leave it out", Type: typeof(IDictionary<string, InputResponse>)),
        new("requestState", ParameterForm.Text, "the text that the server gave, or leave it out"),
    ];

    private static readonly FrozenDictionary<string, ParameterRule[]> ByMethod = new Dictionary<string, ParameterRule[]>
    {
        [RequestMethods.Initialize] =
        [
            new("protocolVersion", ParameterForm.Text, "a revision of the protocol, as \"2025-11-25\"", IsRequired: true),
            new("capabilities", ParameterForm.Object, "a JSON object, as {}", IsRequired: true, Type: typeof(ClientCapabilities)),
            new("clientInfo", ParameterForm.Object, "{\"name\": \"my-client\", \"version\": \"1.0\"}", IsRequired: true, Type: typeof(Implementation), Within: Client),
        ],
        [RequestMethods.ToolsCall] =
        [
            new("name", ParameterForm.Text, "the name of a tool, as \"push_stream\"", IsRequired: true),
            new("arguments", ParameterForm.ObjectOrNothing, "{\"message\": \"…\"} as it is, without quotes around it"),
        ],
        [RequestMethods.PromptsGet] =
        [
            new("name", ParameterForm.Text, "the name of a prompt, as \"narrate\"", IsRequired: true),
            new("arguments", ParameterForm.ObjectOrNothing, "{\"task\": \"…\"} as it is, without quotes around it"),
        ],
        [RequestMethods.ResourcesRead] = [Uri],
        [RequestMethods.ResourcesSubscribe] = [Uri],
        [RequestMethods.ResourcesUnsubscribe] = [Uri],
        [RequestMethods.ToolsList] = [Cursor],
        [RequestMethods.PromptsList] = [Cursor],
        [RequestMethods.ResourcesList] = [Cursor],
        [RequestMethods.ResourcesTemplatesList] = [Cursor],
#pragma warning disable MCP9005 // Deprecated, and still served to clients that ask for it.
        [RequestMethods.LoggingSetLevel] = [new("level", ParameterForm.Level, "a level of logging, as \"info\"", IsRequired: true)],
#pragma warning restore MCP9005
        [RequestMethods.SubscriptionsListen] =
        [
            new("notifications", ParameterForm.Object, "what to be notified of, as {\"toolsListChanged\": true}", IsRequired: true, Type: typeof(SubscriptionsListenNotifications)),
        ],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The further parameters that one method reads.</summary>
    public static IReadOnlyList<ParameterRule> Of(string method) => ByMethod.GetValueOrDefault(method, []);
}
