using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Webstream.Tools.Tests.Messages;

/// <summary>
/// Compares the rules with the library's own types. A version of the library that reads more of a request must not do so unnoticed.
/// </summary>
public sealed class ParameterRulesTests
{
#pragma warning disable MCP9005 // Deprecated, and still served.
    public static TheoryData<string, Type> Methods => new()
    {
        { RequestMethods.Initialize, typeof(InitializeRequestParams) },
        { RequestMethods.ServerDiscover, typeof(DiscoverRequestParams) },
        { RequestMethods.ToolsCall, typeof(CallToolRequestParams) },
        { RequestMethods.ToolsList, typeof(ListToolsRequestParams) },
        { RequestMethods.PromptsGet, typeof(GetPromptRequestParams) },
        { RequestMethods.PromptsList, typeof(ListPromptsRequestParams) },
        { RequestMethods.ResourcesRead, typeof(ReadResourceRequestParams) },
        { RequestMethods.ResourcesList, typeof(ListResourcesRequestParams) },
        { RequestMethods.ResourcesTemplatesList, typeof(ListResourceTemplatesRequestParams) },
        { RequestMethods.ResourcesSubscribe, typeof(SubscribeRequestParams) },
        { RequestMethods.ResourcesUnsubscribe, typeof(UnsubscribeRequestParams) },
        { RequestMethods.LoggingSetLevel, typeof(SetLevelRequestParams) },
        { RequestMethods.SubscriptionsListen, typeof(SubscriptionsListenRequestParams) },
    };
#pragma warning restore MCP9005

    [Theory]
    [MemberData(nameof(Methods), DisableDiscoveryEnumeration = true)]
    public void Method_HasARuleForEverythingThatTheLibraryReads(string method, Type parameters)
    {
        var read = parameters.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetCustomAttribute<JsonIgnoreAttribute>() is null)
            .Select(property => property.GetCustomAttribute<JsonPropertyNameAttribute>()!.Name);

        ParameterRules.Of(method).Concat(ParameterRules.OfAll).Select(rule => rule.Name).ShouldBe(read, ignoreOrder: true);
    }

    [Theory]
    [MemberData(nameof(Methods), DisableDiscoveryEnumeration = true)]
    public void Method_WhoseParametersPass_CanBeReadByTheLibrary(string method, Type parameters)
    {
        string[] values = ["null", "5", "1.5", "true", "\"\"", "\"text\"", "\"info\"", "\"INFO\"", "[]", "[1]", "{}", "{\"a\":5}", "{\"name\":\"a\",\"version\":\"1\"}", "{\"toolsListChanged\":true}"];
        var rules = ParameterRules.Of(method).Concat(ParameterRules.OfAll).ToArray();
        foreach (var (rule, value) in rules.SelectMany(rule => values.Select(value => (rule, value))))
        {
            var others = rules.Where(other => other.IsRequired && other != rule).Select(other => $"\"{other.Name}\":{Usual(other)},");
            var json = $$"""{{{string.Concat(others)}}"{{rule.Name}}":{{value}}}""";
            using var document = JsonDocument.Parse(json);
            var empty = ParameterCheck.IsNothing(document.RootElement.EnumerateObject().Last());
            if (ParameterCheck.FaultIn(method, document.RootElement) is null && !empty)
            {
                Should.NotThrow(() => JsonSerializer.Deserialize(json, parameters, McpJsonUtilities.DefaultOptions), json);
            }
        }
    }

    private static string Usual(ParameterRule rule) => rule.Form switch
    {
        ParameterForm.Level => "\"info\"",
        ParameterForm.Text => "\"text\"",
        _ => rule.Within is null ? "{}" : "{\"name\":\"a\",\"version\":\"1\"}",
    };
}
