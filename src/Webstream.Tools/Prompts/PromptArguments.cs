using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Webstream.Tools;

/// <summary>Wraps every prompt. Its arguments are strings, and binding would report another type without the reason.</summary>
internal static class PromptArguments
{
    public static McpRequestHandler<GetPromptRequestParams, GetPromptResult> Checked(McpRequestHandler<GetPromptRequestParams, GetPromptResult> next) =>
        (request, cancellationToken) =>
        {
            if (request.Params.Arguments is { } arguments)
            {
                // Many clients send null for an argument that was left out.
                request.Params.Arguments = arguments.Where(argument => argument.Value.ValueKind != JsonValueKind.Null).ToDictionary(argument => argument.Key, argument => argument.Value);
                if (request.Params.Arguments.FirstOrDefault(argument => argument.Value.ValueKind != JsonValueKind.String) is { Key: { } name })
                {
                    throw new McpProtocolException($"{VisibleText.Short(name, 64)} has to be a string, as \"text\".", McpErrorCode.InvalidParams);
                }
            }

            return next(request, cancellationToken);
        };
}
