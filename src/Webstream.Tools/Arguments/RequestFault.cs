using System.Text.Json;
using System.Text.Json.Nodes;

namespace Webstream.Tools;

/// <summary>What is wrong with the parameters of a request, before the library reads them: it would answer an error that says nothing.</summary>
public static class RequestFault
{
    /// <summary>What is wrong and what to send instead; none when the library can read them.</summary>
    /// <param name="parameters">The request's <c>params</c>.</param>
    public static string? Of(JsonNode? parameters)
    {
        if (parameters is null)
        {
            return null;
        }

        if (parameters is not JsonObject members)
        {
            return "params has to be a JSON object.";
        }

        return members["arguments"] switch
        {
            null => null,
            JsonObject arguments => arguments.Select(argument => TextFault(argument.Key, argument.Value)).FirstOrDefault(fault => fault is not null),
            _ => "arguments has to be a JSON object, not a string or a list: send {\"message\": \"…\"} as it is, without quotes around it.",
        };
    }

    private static string? TextFault(string name, JsonNode? value)
    {
        if (value?.GetValueKind() != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            value.GetValue<string>();
            return null;
        }
        catch (InvalidOperationException)
        {
            return $"{name} is not well-formed Unicode: it holds half of a character (a lone surrogate). Send the whole character.";
        }
    }
}
