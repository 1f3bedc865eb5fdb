using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>
/// Wraps every call of a tool. For wrong arguments it answers what to send, and it names unknown arguments. When a call fails inside, the
/// model learns what it can do, and never how the call failed.
/// </summary>
/// <param name="failures">Where unforeseen failures are told.</param>
/// <param name="taken">The arguments that each tool takes, also those that it does not advertise.</param>
internal sealed class ArgumentFilter(FailureLog failures, IReadOnlyDictionary<string, JsonElement> taken)
{
    private const int MaxUnknownShown = 10;

    public McpRequestHandler<CallToolRequestParams, CallToolResult> Around(McpRequestHandler<CallToolRequestParams, CallToolResult> next) =>
        async (request, cancellationToken) =>
        {
            if (request.MatchedPrimitive is not McpServerTool tool)
            {
                return await next(request, cancellationToken);
            }

            var schema = tool.ProtocolTool.InputSchema;
            var findings = ArgumentCheck.Of(taken[tool.ProtocolTool.Name], request.Params.Arguments);
            if (findings.Wrong.Count > 0)
            {
                return ToolAnswer.Refused(
                    $"{tool.ProtocolTool.Name} was not carried out. {string.Join("\n", findings.Wrong)}\n"
                    + $"{Ignored(findings.Unknown)}It takes: {ArgumentCheck.Signature(schema)}.");
            }

            request.Params.Arguments = findings.Arguments;
            var result = await CarryOutAsync(next, request, cancellationToken);
            return findings.Unknown.Count == 0 ? result : WithIgnored(result, findings.Unknown, schema);
        };

    private async ValueTask<CallToolResult> CarryOutAsync(
        McpRequestHandler<CallToolRequestParams, CallToolResult> next, RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken)
    {
        try
        {
            return await next(request, cancellationToken);
        }
        catch (WebstreamException failure)
        {
            return ToolAnswer.Refused(FailureText.Of(failure));
        }
        catch (Exception failure) when (failure is not McpException && !cancellationToken.IsCancellationRequested)
        {
            // The library shows only this text to the model.
            failures.Tell(request.Params.Name, failure);
            throw new McpException(FailureText.Unexpected);
        }
    }

    private static CallToolResult WithIgnored(CallToolResult result, IReadOnlyList<string> unknown, JsonElement schema)
    {
        var line = $"{Ignored(unknown)}The tool takes: {ArgumentCheck.Signature(schema)}.";
        if (result.Content.OfType<TextContentBlock>().FirstOrDefault() is { } text)
        {
            text.Text = $"{text.Text}\n{line}";
        }

        if (result.StructuredContent is { ValueKind: JsonValueKind.Object } structured)
        {
            var content = JsonObject.Create(structured)!;
            content["ignoredArguments"] = new JsonArray([.. Shown(unknown).Select(name => JsonValue.Create(name))]);
            using var document = JsonDocument.Parse(content.ToJsonString());
            result.StructuredContent = document.RootElement.Clone();
        }

        return result;
    }

    private static string Ignored(IReadOnlyList<string> unknown) =>
        unknown.Count == 0 ? "" : $"Ignored, because there is no such argument: {string.Join(", ", Shown(unknown))}. ";

    private static IEnumerable<string> Shown(IReadOnlyList<string> unknown) =>
        unknown.Take(MaxUnknownShown).Select(name => VisibleText.Short(name, 24))
            .Concat(unknown.Count > MaxUnknownShown ? [$"and {unknown.Count - MaxUnknownShown} more"] : []);
}
