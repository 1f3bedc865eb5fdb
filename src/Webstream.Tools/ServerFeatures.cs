using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ModelContextProtocol.Server;

namespace Webstream.Tools;

/// <summary>
/// The tools, the prompt and the resources, made once. Their schemas are made from methods and types, which is too slow for every request
/// of a server without sessions.
/// </summary>
public sealed class ServerFeatures
{
    /// <summary>
    /// The library's log category. The library logs callers' mistakes with stack traces and with the callers' own texts. The host of the tools
    /// silences this category, because the tools log our own failures separately.
    /// </summary>
    public const string LibraryCategory = "ModelContextProtocol.Server.McpServer";

    private readonly string version;
    private readonly FailureLog failures;
    private readonly McpServerTool[] tools;

    // The arguments that each tool takes. It may advertise fewer.
    private readonly Dictionary<string, JsonElement> taken = new(StringComparer.Ordinal);
    private readonly McpServerPrompt[] prompts;
    private readonly McpServerResource[] resources;

    /// <summary>Makes them.</summary>
    /// <param name="source">Where the calls go.</param>
    /// <param name="version">The product's version, for <see cref="McpServerOptions.ServerInfo"/>.</param>
    /// <param name="logging">Where failures are logged with their cause; null: nowhere.</param>
    /// <param name="time">The clock of waits; null: the system's.</param>
    public ServerFeatures(IGatewaySource source, string version, ILoggerFactory? logging = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        this.version = version;
        failures = new((logging ?? NullLoggerFactory.Instance).CreateLogger("Webstream.Tools"));
        var clock = time ?? TimeProvider.System;
        var own = source.IsShared ? null : new OwnMessages();
        tools =
        [
            Tool(new PushTool(source, own).PushAsync, source),
            Tool(new ReadTool(source, own, clock).ReadAsync, source),
            Tool(new AskTool(source, own, clock).AskAsync, source),
            Tool(new ListStreamsTool(source).ListAsync, source),
            Tool(new StreamStatusTool(source).DescribeAsync, source),
        ];
        prompts = [McpServerPrompt.Create(NarratePrompt.Narrate, new() { SerializerOptions = ToolJson.Binding })];
        var streams = new StreamResources(source);
        resources =
        [
            Resource(streams.MainStatusAsync),
            Resource(streams.MainHistoryAsync),
            Resource(streams.StreamStatusAsync),
            Resource(streams.StreamHistoryAsync),
        ];
    }

    /// <summary>Adds them to a server's options, with its name, its instructions, and the checks of what is sent to the tools.</summary>
    /// <param name="options">The options of a server that has nothing else.</param>
    public void AddTo(McpServerOptions options)
    {
        options.ServerInfo = new() { Name = "webstream", Title = "Webstream", Version = version };
        options.ServerInstructions = Instructions.Text;
        options.ToolCollection = [.. tools];
        options.PromptCollection = [.. prompts];
        options.ResourceCollection = [.. resources];
        options.Filters.Message.IncomingFilters.Add(failures.Around);
        options.Filters.Request.CallToolFilters.Add(new ArgumentFilter(failures, taken).Around);
        options.Filters.Request.GetPromptFilters.Add(PromptArguments.Checked);
        options.Filters.Request.ReadResourceFilters.Add(StreamResources.NamingTheUri);
    }

    private McpServerTool Tool(Delegate method, IGatewaySource source)
    {
        var tool = McpServerTool.Create(method, new() { SerializerOptions = ToolJson.Binding });
        var input = taken[tool.ProtocolTool.Name] = ToolSchemas.Plain(tool.ProtocolTool.InputSchema, source.Defaults);
        tool.ProtocolTool.InputSchema = ToolSchemas.Advertised(input, source.IsShared ? ["host", "port", "from_others"] : []);
        // The tool's own title is the same.
        tool.ProtocolTool.Annotations?.Title = null;
        if (tool.ProtocolTool.OutputSchema is { } output)
        {
            tool.ProtocolTool.OutputSchema = ToolSchemas.Plain(output, source.Defaults);
        }

        return tool;
    }

    private static McpServerResource Resource(Delegate method) => McpServerResource.Create(method, new() { SerializerOptions = ToolJson.Binding });
}
