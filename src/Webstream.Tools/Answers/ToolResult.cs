using System.ComponentModel;

namespace Webstream.Tools;

/// <summary>The members that every answer can have.</summary>
internal abstract record ToolResult
{
    /// <summary>Things to know, a sentence each.</summary>
    [Description("Things to know besides, a sentence each.")]
    public IReadOnlyList<string>? Notes { get; init; }

    /// <summary>The arguments that the tool does not know. The filter around the tool sets them.</summary>
    [Description("The arguments that were sent and that this tool does not have.")]
    public IReadOnlyList<string>? IgnoredArguments { get; init; }
}
