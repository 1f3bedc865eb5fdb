using System.ComponentModel;

namespace Webstream.Tools;

/// <summary>
/// The members that every answer can have. Many clients show a model only the members, without their schema, and others only the text: so each
/// says everything, and neither says what goes without saying.
/// </summary>
internal abstract record ToolResult
{
    /// <summary>Things to know, a sentence each.</summary>
    [Description("Things to know besides, a sentence each.")]
    public IReadOnlyList<string>? Notes { get; init; }

    /// <summary>The arguments that the tool does not know. The filter around the tool sets them.</summary>
    [Description("The arguments that were sent and that this tool does not have.")]
    public IReadOnlyList<string>? IgnoredArguments { get; init; }

    /// <summary>Notes for an answer; null when there are none.</summary>
    protected internal static IReadOnlyList<string>? Some(IEnumerable<string> notes) => notes.ToArray() is { Length: > 0 } some ? some : null;
}
