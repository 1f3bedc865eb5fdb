namespace Webstream.Tools;

/// <summary>Notes as lines of a text.</summary>
internal static class NoteLines
{
    public static string Of(IReadOnlyList<string>? notes) => notes is null ? "" : string.Concat(notes.Select(note => $"Note: {note}\n"));
}
