using System.ComponentModel;

namespace Webstream.Tools;

/// <summary>What every answer can have besides.</summary>
internal abstract record ToolResult
{
    /// <summary>Things to know, a sentence each.</summary>
    [Description("Things to know besides, a sentence each.")]
    public IReadOnlyList<string>? Notes { get; init; }

    /// <summary>The arguments that the tool does not know. Set around the tool.</summary>
    [Description("The arguments that were sent and that this tool does not have.")]
    public IReadOnlyList<string>? IgnoredArguments { get; init; }
}
