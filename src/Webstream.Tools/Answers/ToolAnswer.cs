using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol.Protocol;

namespace Webstream.Tools;

/// <summary>Makes the answers of tools: a text to read and the same as members to compute with.</summary>
internal static class ToolAnswer
{
    /// <summary>The most bytes of an answer, text and members together.</summary>
    public const int MaxBytes = 32 * 1024;

    public static CallToolResult Of<T>(string text, T members, JsonTypeInfo<T> type) => new()
    {
        Content = [new TextContentBlock { Text = text }],
        StructuredContent = JsonSerializer.SerializeToElement(members, type),
    };

    public static CallToolResult Refused(string text) => new()
    {
        Content = [new TextContentBlock { Text = text }],
        IsError = true,
    };
}
