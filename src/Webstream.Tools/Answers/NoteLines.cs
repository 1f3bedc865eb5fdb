namespace Webstream.Tools;

/// <summary>The notes of an answer as lines of its text.</summary>
internal static class NoteLines
{
    public static string Of(ToolResult result) => result.Notes is { } notes ? string.Concat(notes.Select(note => $"Note: {note}\n")) : "";
}
